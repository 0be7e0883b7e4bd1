import {
  type CanonicalResponse,
  isObject,
  type Json,
  type JsonObject,
  type Translator,
  type Warning,
} from '@dragoman/plugin-sdk';

import { encodeResponse as encodeChat } from '../encode-response.ts';
import { encodeLogprobs, finishOf, headOf, tellLosses, tellTier, textOf } from './choice.ts';
import { readMemo } from './memo.ts';

/** A chat's reply, less all that is not text. */
export const encodeResponse: Translator<CanonicalResponse, Json> = (response, context) => {
  const { output, warnings: before } = encodeChat(response, context);
  const chat = isObject(output) ? output : {};
  const echo = readMemo(context.memo).echo ?? '';
  const warnings: Warning[] = [...(before ?? [])];
  const choices = Array.isArray(chat.choices) ? chat.choices : [];
  const body: JsonObject = {
    ...headOf(chat),
    choices: choices.map((choice) => encode(choice, echo, warnings)),
  };
  tellTier(chat, warnings);
  if (chat.usage !== undefined) body.usage = chat.usage;
  return warnings.length > 0 ? { output: body, warnings } : { output: body };
};

function encode(choice: Json, echo: string, warnings: Warning[]): JsonObject {
  const { index, message, logprobs, finish_reason: reason } = isObject(choice) ? choice : {};
  const said = isObject(message) ? message : {};
  tellLosses(said, typeof index === 'number' ? index : 0, warnings);
  return {
    text: echo + textOf(said),
    index: index ?? 0,
    logprobs: encodeLogprobs(logprobs, echo.length),
    finish_reason: finishOf(reason) ?? 'stop',
  };
}
