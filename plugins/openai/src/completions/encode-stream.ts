import {
  type CanonicalEvent,
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  type StreamOutput,
  type StreamTranslator,
  type Translated,
  type Warning,
} from '@dragoman/plugin-sdk';

import { encodeStream as encodeChat } from '../encode-stream.ts';
import { encodeLogprobs, finishOf, headOf, tellLosses, tellTier, textOf } from './choice.ts';
import { readMemo } from './memo.ts';

/** What is remembered between two calls. Survives JSON. */
interface State {
  /** Of the chat the chunks are made from. */
  chat: Json;
  /** Characters so far, by candidate: where its next token stands. */
  places: Record<string, number>;
  warnings: Warning[];
}

/** A chat's chunks, less all that is not text. Errors and the end are written alike. */
export const encodeStream: StreamTranslator<CanonicalEvent, Frame> = (input, context) => {
  const state: State =
    input.state === null ? { chat: null, places: {}, warnings: [] } : (input.state as unknown as State);
  const { output, warnings: before = [] } = encodeChat({ ...input, state: state.chat }, context);
  const told = state.warnings.length;
  const echo = readMemo(context.memo).echo ?? '';
  state.chat = output.state;
  const items: Frame[] = [];
  for (const { data } of output.items) {
    if (isObject(data)) tellTier(data, state.warnings);
    if (!isObject(data) || !Array.isArray(data.choices)) items.push({ data });
    else writeChunk(data, data.choices, echo, state, items);
  }
  const translated: Translated<StreamOutput<Frame>> = {
    output: { state: state as unknown as Json, items },
  };
  const warnings = [...before, ...state.warnings.slice(told)];
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

function writeChunk(chat: JsonObject, wire: Json[], echo: string, state: State, items: Frame[]): void {
  const choices: JsonObject[] = [];
  for (const choice of wire) {
    const made = isObject(choice) ? encode(choice, echo, state) : undefined;
    if (made !== undefined) choices.push(made);
  }
  const hasUsage = wire.length === 0 && chat.usage !== undefined;
  if (choices.length === 0 && !hasUsage) return;
  const chunk: JsonObject = { ...headOf(chat), choices };
  if (hasUsage) chunk.usage = chat.usage;
  items.push({ data: chunk });
}

/** Nothing for a chunk that only names the role, or says what has no place here. */
function encode(choice: JsonObject, echo: string, state: State): JsonObject | undefined {
  const index = typeof choice.index === 'number' ? choice.index : 0;
  const said = isObject(choice.delta) ? choice.delta : {};
  // A stream counts its parts through all answers.
  tellLosses(said, 0, state.warnings);
  const place = state.places[index];
  const text = (place === undefined ? echo : '') + textOf(said);
  const reason = finishOf(choice.finish_reason);
  const before = place ?? echo.length;
  const logprobs = encodeLogprobs(choice.logprobs, before);
  if (text === '' && reason === null && logprobs === null) return undefined;
  state.places[index] = (place ?? 0) + text.length;
  return { text, index, logprobs, finish_reason: reason };
}
