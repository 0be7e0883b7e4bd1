import {
  clientToolName,
  isCustomTool,
  isObject,
  type Json,
  makeId,
  type ToolCallPart,
  type TranslateContext,
  unwrapInput,
} from '@dragoman/plugin-sdk';

/** A call under the client's name of its tool; `undefined` when the wire has none. */
export function decodeCall(
  wire: Json | undefined,
  position: number,
  context: TranslateContext,
): ToolCallPart | undefined {
  if (!isObject(wire) || !isObject(wire.function) || typeof wire.function.name !== 'string') return undefined;
  const { name, arguments: input } = wire.function;
  const id = typeof wire.id === 'string' && wire.id !== '' ? wire.id : makeId(context, 'call', position);
  const isCustom = isCustomTool(context, String(name));
  const part: ToolCallPart = {
    type: 'tool-call',
    id,
    ...clientToolName(context, String(name)),
    kind: isCustom ? 'custom' : 'function',
    input: typeof input === 'string' ? input : '',
  };
  return part;
}

/** A tool without parameters is called with nothing, or with `null` (seen in recordings of 2025). */
export function settleInput(input: string, isCustom: boolean): string {
  if (isCustom) return unwrapInput(input);
  return input.trim() === '' || input.trim() === 'null' ? '{}' : input;
}
