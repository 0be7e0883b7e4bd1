import { digest } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { TranslateContext } from './translate.ts';

/** What an `encodeRequest` that renames or wraps tools leaves in its memo for the steps that read the reply. */
export interface ToolMemo {
  /** Wire names of free-text tools, which were sent as functions with one string named `input`. */
  customTools?: string[];
  /** The client's `{ name, namespace? }` of tools that have another name on the wire, by that. */
  toolNames?: JsonObject;
}

const forbidden = /[^A-Za-z0-9_-]/g;
const maxNameLength = 64;

/**
 * A tool's name for a service that takes letters, digits, `_` and `-`, at most 64, and knows no namespaces. The same name
 * always becomes the same; one that had to change is noted in `memo`, and `clientToolName` gives the client its own back.
 */
export function wireToolName(memo: { toolNames: JsonObject }, name: string, namespace?: string): string {
  const whole = namespace === undefined || name.startsWith(`${namespace}__`) ? name : `${namespace}__${name}`;
  let wire = whole.replace(forbidden, '_');
  // What was changed may now be another tool's name.
  if (wire !== whole || wire.length > maxNameLength) {
    wire = `${wire.slice(0, maxNameLength - 9)}_${digest(whole, 8)}`;
  }
  if (wire !== name || namespace !== undefined) {
    memo.toolNames[wire] = namespace === undefined ? { name } : { name, namespace };
  }
  return wire;
}

/** The client's own name of a tool, where the request step had to change it. */
export function clientToolName(
  context: TranslateContext,
  wire: string,
): { name: string; namespace?: string } {
  const names = memoOf(context).toolNames;
  const known = names !== undefined && Object.hasOwn(names, wire) ? asObject(names[wire]) : undefined;
  if (typeof known?.name !== 'string') return { name: wire };
  return typeof known.namespace === 'string'
    ? { name: known.name, namespace: known.namespace }
    : { name: known.name };
}

export function isCustomTool(context: TranslateContext, wire: string): boolean {
  return memoOf(context).customTools?.includes(wire) === true;
}

/** The text inside `{"input": "..."}`; the input itself when the model wrote something else. */
export function unwrapInput(input: string): string {
  try {
    const text = asObject(JSON.parse(input) as Json)?.input;
    if (typeof text === 'string') return text;
  } catch {
    // The model's own words are better than none.
  }
  return input;
}

function memoOf({ memo }: TranslateContext): ToolMemo {
  const object = asObject(memo);
  const names = asObject(object?.toolNames);
  const custom = object?.customTools;
  return {
    ...(Array.isArray(custom) ? { customTools: custom.filter((each) => typeof each === 'string') } : {}),
    ...(names === undefined ? {} : { toolNames: names }),
  };
}

function asObject(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
