import {
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  type PartStart,
  type ToolCallPart,
  type ToolResultPart,
  type TranslateContext,
} from '@dragoman/plugin-sdk';

import { ownFields } from './dialect.ts';
import { encodeSearchItem } from './encode-item.ts';
import { type EncodeState, lose, type OpenPart, openItem, push, pushItem, stepOf } from './encode-state.ts';

/** Opens a search; a call of another tool the service ran has no place here. */
export function startSearch(
  index: number,
  start: PartStart & { type: 'tool-call' },
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const isOwn = ownFields(start.extensions) !== undefined;
  if (!isOwn && !start.name.startsWith('web_search')) {
    lose(
      state,
      `/parts/${index}`,
      `a call of '${start.name}', which the service ran itself, cannot be shown here`,
    );
    return;
  }
  const part = openItem(index, 'search', 'ws', start, state, context);
  const item: JsonObject = { id: part.id, type: 'web_search_call', status: 'in_progress' };
  pushItem(state, frames, 'added', part.output, item);
  if (isOwn) return;
  lose(state, `/parts/${index}`, "a search another service ran is shown as this API's own", 'approximated');
  push(state, frames, 'response.web_search_call.in_progress', stepOf(part));
  push(state, frames, 'response.web_search_call.searching', stepOf(part));
}

/** The item of another service's search waits for the results, which become its sources. */
export function endSearch(whole: ToolCallPart, part: OpenPart, state: EncodeState, frames: Frame[]): void {
  const item = encodeSearchItem(whole, { id: part.id, status: 'completed' });
  if (part.own !== undefined) pushItem(state, frames, 'done', part.output, item);
  else state.search = { output: part.output, id: whole.id, item };
}

/** Results of the search that waits: true when these were they. */
export function addSources(part: ToolResultPart, state: EncodeState): boolean {
  const { search } = state;
  if (search === undefined || part.callId !== search.id || !isObject(search.item.action)) return false;
  const sources: Json[] = [];
  for (const entry of part.output) {
    const list = entry.type === 'json' && Array.isArray(entry.value) ? entry.value : [];
    for (const found of list)
      if (isObject(found) && typeof found.url === 'string') sources.push({ type: 'url', url: found.url });
  }
  search.item = { ...search.item, action: { ...search.item.action, sources } };
  return true;
}

/** Ends the search that waits, with or without results. */
export function settleSearch(state: EncodeState, frames: Frame[]): void {
  const { search } = state;
  if (search === undefined) return;
  delete state.search;
  push(state, frames, 'response.web_search_call.completed', {
    item_id: search.item.id,
    output_index: search.output,
  });
  pushItem(state, frames, 'done', search.output, search.item);
}
