import {
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Part,
  type ToolResultPart,
  unwrapInput,
} from '@dragoman/plugin-sdk';

import { decodeContent } from './decode-content.ts';
import { decodeItem } from './decode-item.ts';
import { DIALECT, makeOwn } from './dialect.ts';
import type { UpstreamMemo } from './memo.ts';

/** The parts of one item of a reply: of a message one for each piece of its content. */
export function decodeOutputItem(item: Json, family: string, memo: UpstreamMemo): Part[] {
  if (!isObject(item)) return [opaque(item)];
  if (item.type === 'message') return decodeMessageItem(item) ?? [opaque(item)];
  // A reply has no results of tools the client runs.
  if (typeof item.type === 'string' && item.type.endsWith('_output')) return [opaque(item)];
  const part = restoreCall(decodeItem(item, family), memo);
  const results = readSources(item);
  return results === undefined ? [part] : [part, results];
}

/**
 * The sources of a search as its results, in the form other services give them: their clients expect a result for every
 * call. The item itself has them in its action, so this part is never written in this dialect.
 */
export function readSources({ type, id, action }: JsonObject): ToolResultPart | undefined {
  if (type !== 'web_search_call' || typeof id !== 'string' || !isObject(action)) return undefined;
  if (!Array.isArray(action.sources)) return undefined;
  const value: Json[] = [];
  for (const source of action.sources) {
    if (!isObject(source) || typeof source.url !== 'string') continue;
    const title = typeof source.title === 'string' ? source.title : source.url;
    value.push({ type: 'web_search_result', url: source.url, title, encrypted_content: '', page_age: null });
  }
  if (value.length === 0) return undefined;
  const extensions = { [DIALECT]: { $repeats: 'action' } };
  const output: ToolResultPart['output'] = [{ type: 'json', value }];
  return { type: 'tool-result', callId: id, name: 'web_search', hosted: true, output, extensions };
}

function opaque(value: Json): Part {
  return { type: 'opaque', dialect: DIALECT, value };
}

const CONTENT = new Set(['content']);

/** The fields of the item stand on its last part: only then are they final. */
function decodeMessageItem(item: JsonObject): Part[] | undefined {
  const { content } = item;
  if (!Array.isArray(content) || content.length === 0) return undefined;
  const parts: Part[] = [];
  for (let index = 0; index < content.length; index++) {
    const wire = content[index];
    const part = wire === undefined ? undefined : decodeContent(wire, true);
    // Anything else in a message has no place among the parts of a reply.
    if (part?.type !== 'text' && part?.type !== 'refusal') return undefined;
    markContent(part, item, index);
    parts.push(part);
  }
  const last = parts.at(-1);
  if (last !== undefined) makeOwn(last).$item = leftover(item, CONTENT) ?? {};
  return parts;
}

/** What is known of a message when a part of it starts. */
export function markContent(part: Pick<Part, 'extensions'>, { id, phase }: JsonObject, index: number): void {
  const own = makeOwn(part);
  if (typeof id === 'string') own.$id = id;
  if (phase !== undefined) own.$phase = phase;
  if (index > 0) own.$index = index;
}

/** Gives a call the name and form its tool has in the hub. */
function restoreCall(part: Part, memo: UpstreamMemo): Part {
  if (part.type !== 'tool-call' || part.kind !== 'function') return part;
  if (memo.wrapped?.includes(part.name) === true) {
    part.kind = 'custom';
    part.input = unwrapInput(part.input);
  }
  const known = memo.tools?.[part.name];
  if (known === undefined) return part;
  part.name = known.name;
  if (known.namespace !== undefined) part.namespace = known.namespace;
  return part;
}

export function isClientCall(part: Part): boolean {
  return part.type === 'tool-call' && part.kind !== 'hosted';
}
