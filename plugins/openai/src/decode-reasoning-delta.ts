import type { CanonicalEvent, Json, JsonObject, PartStart, TranslateContext } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';
import { decodeDetail, type ReasoningField } from './reasoning.ts';
import { type ChoiceState, currentPart, type DecodeState } from './stream-state.ts';

/** Reasoning in a chunk: a plain field, or `reasoning_details` that a plain field then only repeats. */
export function decodeReasoningDelta(
  delta: JsonObject,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const field: ReasoningField =
    typeof delta.reasoning_content === 'string' && delta.reasoning_content !== ''
      ? 'reasoning_content'
      : 'reasoning';
  const plain = delta[field];
  const text = typeof plain === 'string' ? plain : '';
  const details = Array.isArray(delta.reasoning_details) ? delta.reasoning_details : [];
  let hasText = false;
  for (const detail of details) {
    if (addDetail(detail, text === '' ? undefined : field, choice, state, events, context)) hasText = true;
  }
  if (text === '' || hasText) return;
  const start = (): PartStart => ({ type: 'reasoning', extensions: { [DIALECT]: { $field: field } } });
  const index = currentPart(state, choice, field, events, start);
  events.push({ type: 'part-delta', index, delta: { type: 'reasoning', text } });
}

/** True when the detail had text. Pieces of one detail share its type and index. */
function addDetail(
  wire: Json,
  field: ReasoningField | undefined,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): boolean {
  const part = decodeDetail(wire, context.provider.family);
  if (part.type === 'opaque') {
    events.push({
      type: 'opaque',
      dialect: DIALECT,
      value: { index: choice.index, delta: { reasoning_details: [wire] } },
    });
    return false;
  }
  const kept = (part.extensions?.[DIALECT]?.$detail ?? {}) as JsonObject;
  const kind = part.redacted === true ? 'encrypted' : part.summary === true ? 'summary' : 'text';
  const key = `detail:${kind}:${String(kept.index ?? 0)}`;
  const start = (): PartStart => {
    const own: JsonObject = { $detail: kept };
    if (field !== undefined) own.$field = field;
    const opened: PartStart = { type: 'reasoning', extensions: { [DIALECT]: own } };
    if (part.summary !== undefined) opened.summary = part.summary;
    if (part.redacted !== undefined) opened.redacted = part.redacted;
    return opened;
  };
  const index = currentPart(state, choice, key, events, start);
  if (part.text !== '')
    events.push({ type: 'part-delta', index, delta: { type: 'reasoning', text: part.text } });
  if (part.signature !== undefined) {
    events.push({ type: 'part-delta', index, delta: { type: 'signature', signature: part.signature } });
  }
  return part.text !== '';
}
