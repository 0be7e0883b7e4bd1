import {
  isObject,
  type Json,
  type KeptTurn,
  TranslateError,
  type Translator,
  type WireRequest,
} from '@dragoman/plugin-sdk';

import { inputItems } from './earlier.ts';

/** Ids that the host's replies give their items: see `itemId`. */
const MINTED = /^[a-z]+_([0-9a-f]{32})_\d+$/;

/** The replies whose items a request names by id (`item_reference`) in place of repeating them. */
export const findReferences: Translator<WireRequest, string[]> = ({ body }) => {
  const ids = new Set<string>();
  for (const item of inputItems(isObject(body) ? body.input : undefined)) {
    const name = isReference(item) ? MINTED.exec(String(item.id))?.[1] : undefined;
    if (name !== undefined) ids.add(`resp_${name}`);
  }
  return { output: [...ids] };
};

/** The type may be left out of a reference. */
function isReference(item: Json): item is { type?: Json; id: Json } {
  if (!isObject(item) || typeof item.id !== 'string') return false;
  return item.type === 'item_reference' || (item.type === undefined && Object.keys(item).length === 1);
}

/** `input` with the items in place of their references. `isForeign`: the provider cannot know one that is not there. */
export function withItems(
  input: Json | undefined,
  turns: readonly KeptTurn[],
  isForeign: boolean,
): Json | undefined {
  if (!Array.isArray(input)) return input;
  if (!input.some(isReference)) return input;
  const items = new Map<string, Json>();
  for (const { reply } of turns) {
    const output = isObject(reply) && Array.isArray(reply.output) ? reply.output : [];
    for (const item of output) if (isObject(item) && typeof item.id === 'string') items.set(item.id, item);
  }
  return input.map((item, index) => {
    if (!isReference(item)) return item;
    const id = String(item.id);
    const found = items.get(id);
    if (found === undefined && isForeign)
      throw new TranslateError('unsupported', `Item with id '${id}' not found`, `/input/${index}`);
    return found ?? item;
  });
}
