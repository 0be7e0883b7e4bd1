import type { Json, JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import { isObject } from './dialect.ts';

/** What `encodeRequest` leaves for the steps that read the reply. */
export interface RequestMemo {
  /** Free-text tools, which were sent as functions with one string. */
  customTools?: string[];
  /** The client's name of tools that have another on the wire, by that. */
  toolNames?: JsonObject;
}

/** The client's own name of a tool, where the request step had to change it. */
export function clientToolName(
  context: TranslateContext,
  wire: string,
): { name: string; namespace?: string } {
  const names = isObject(context.memo) ? context.memo.toolNames : undefined;
  const known: Json | undefined = isObject(names) && Object.hasOwn(names, wire) ? names[wire] : undefined;
  if (!isObject(known) || typeof known.name !== 'string') return { name: wire };
  return typeof known.namespace === 'string'
    ? { name: known.name, namespace: known.namespace }
    : { name: known.name };
}

export function isCustomTool(context: TranslateContext, wire: string): boolean {
  const memo = context.memo;
  return isObject(memo) && Array.isArray(memo.customTools) && memo.customTools.includes(wire);
}

/** The text inside `{"input": "..."}`; the input itself when the model wrote something else. */
export function unwrapInput(input: string): string {
  try {
    const value: Json = JSON.parse(input);
    if (isObject(value) && typeof value.input === 'string') return value.input;
  } catch {
    // The model's own words are better than none.
  }
  return input;
}
