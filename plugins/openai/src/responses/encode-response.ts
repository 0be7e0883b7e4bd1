import {
  type CanonicalResponse,
  type Frame,
  isObject,
  type Json,
  type Translated,
  type Translator,
  tellResponse,
  unfoldResponse,
} from '@dragoman/plugin-sdk';

import { DIALECT, ownFields } from './dialect.ts';
import { createEncodeState } from './encode-state.ts';
import { writeEvent } from './encode-stream.ts';
import { joinTexts } from './join-texts.ts';
import { REPLY_FORM } from './reply-form.ts';

/** A whole reply is what the last event of its stream holds, so both forms are written by the same rules. */
export const encodeResponse: Translator<CanonicalResponse, Json> = (response, context) => {
  const kept = ownFields(response.extensions)?.$body;
  if (kept !== undefined) return { output: kept };
  const state = createEncodeState();
  const frames: Frame[] = [];
  const isForeign = context.provider.dialect !== DIALECT;
  const whole = isForeign ? { ...response, parts: joinTexts(response.parts) } : response;
  for (const event of unfoldResponse(whole)) writeEvent(event, state, frames, context);
  if (isForeign) tellResponse(response, REPLY_FORM, state.warnings);
  const last = frames.at(-1)?.data;
  const output: Json = isObject(last) && last.response !== undefined ? last.response : null;
  const translated: Translated<Json> = { output };
  if (state.warnings.length > 0) translated.warnings = state.warnings;
  return translated;
};
