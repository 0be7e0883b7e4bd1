import type {
  CanonicalRequest,
  EncodedRequest,
  JsonObject,
  Message,
  ToolMemo,
  Translated,
  Translator,
} from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeFormat, encodeOptions, encodeThink } from './encode-settings.ts';
import { encodeTools } from './encode-tools.ts';
import { warnLosses } from './losses.ts';
import { createWriter, type RequestWriter } from './writer.ts';

/** Name of the endpoint of a provider that takes a prompt. */
const PROMPT_ENDPOINT = 'generate';

export const encodeRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const writer = createWriter(request, context);
  const own = ownFields(request.extensions);
  const isPrompt = own?.$form === 'generate';
  const body: JsonObject = { model: context.model.id === '' ? request.model : context.model.id };
  const tools = encodeTools(request, writer);
  if (isPrompt) writePrompt(body, request.messages);
  else if (own?.$messages === undefined) body.messages = encodeMessages(request.messages, writer);
  else if (own.$messages !== 'none') body.messages = own.$messages;
  if (tools !== undefined) body.tools = tools;
  // The server streams unless it is told not to, and a client of this dialect may have left it at that.
  const { $stream } = own ?? {};
  if ($stream !== undefined) body.stream = $stream;
  else if (!writer.isOwn || !request.stream) body.stream = request.stream;
  const format = encodeFormat(request);
  if (format !== undefined) body.format = format;
  const think = encodeThink(request, writer);
  if (think !== undefined) body.think = think;
  const options = encodeOptions(request, writer, context);
  if (options !== undefined) body.options = options;
  if (request.logprobs !== undefined) {
    body.logprobs = true;
    if (request.logprobs.top !== undefined) body.top_logprobs = request.logprobs.top;
  }
  if (!writer.isOwn && context.config.keepAlive !== undefined) body.keep_alive = context.config.keepAlive;
  writeOwn(body, request.extensions);
  warnLosses(request, writer);
  return finish(isPrompt ? { endpoint: PROMPT_ENDPOINT, body } : { body }, writer);
};

function finish(output: EncodedRequest, writer: RequestWriter): Translated<EncodedRequest> {
  const translated: Translated<EncodedRequest> = { output };
  if (writer.warnings.length > 0) translated.warnings = writer.warnings;
  const memo: ToolMemo = {};
  if (writer.customTools.length > 0) memo.customTools = writer.customTools;
  for (const _ in writer.toolNames) memo.toolNames = writer.toolNames;
  for (const _ in memo) translated.memo = { ...memo };
  return translated;
}

/** The way back of `decodePrompt`, which alone marks a request so. */
function writePrompt(body: JsonObject, messages: Message[]): void {
  for (const { role, parts } of messages) {
    for (const part of parts) {
      if (part.type === 'text') body[role === 'system' ? 'system' : 'prompt'] = part.text;
      else if (part.type === 'media' && part.source.type === 'base64') {
        const images = Array.isArray(body.images) ? body.images : [];
        images.push(part.source.data);
        body.images = images;
      }
    }
  }
}
