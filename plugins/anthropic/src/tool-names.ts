import { digest, isObject, type Json, type JsonObject, type TranslateContext } from '@dragoman/plugin-sdk';

import type { RequestWriter } from './writer.ts';

const FORBIDDEN = /[^A-Za-z0-9_-]/g;
const MAX_LENGTH = 128;

/**
 * The service takes `[A-Za-z0-9_-]{1,128}` as a tool's name and knows no namespaces. A name that had to change is
 * noted, and the reply step gives the client its own name back.
 */
export function wireToolName(writer: RequestWriter, name: string, namespace?: string): string {
  const whole = namespace === undefined ? name : `${namespace}__${name}`;
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  const known = writer.names.get(key);
  if (known !== undefined) return known;
  let wire = whole.replace(FORBIDDEN, '_');
  if (wire.length > MAX_LENGTH || writer.usedNames.has(wire)) {
    wire = `${wire.slice(0, MAX_LENGTH - 9)}_${digest(key, 8)}`;
  }
  writer.names.set(key, wire);
  writer.usedNames.add(wire);
  if (wire !== name) writer.toolNames[wire] = namespace === undefined ? { name } : { name, namespace };
  return wire;
}

/** The client's own name of a tool, where the request step had to change it. */
export function clientToolName(
  context: TranslateContext,
  wire: string,
): { name: string; namespace?: string } | undefined {
  const names = isObject(context.memo) ? context.memo.toolNames : undefined;
  const known: Json | undefined = isObject(names) ? (names as JsonObject)[wire] : undefined;
  if (!isObject(known) || typeof known.name !== 'string') return undefined;
  return typeof known.namespace === 'string'
    ? { name: known.name, namespace: known.namespace }
    : { name: known.name };
}
