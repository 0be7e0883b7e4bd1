import {
  type CanonicalRequest,
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  leftover,
  TranslateError,
  type Translator,
  type Warning,
  type WireRequest,
} from '@dragoman/plugin-sdk';
import { decodeRequest as decodeChat } from '../decode-request.ts';
import { DIALECT as CHAT } from '../dialect.ts';
import type { CompletionMemo } from './memo.ts';

/** The dialect's id, and the key of its own extensions. */
export const DIALECT = 'openai-completions';

/** What a chat has as well, under the same name and with the same meaning. */
const SHARED = [
  'model',
  'stream',
  'stream_options',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'n',
  'seed',
  'stop',
  'temperature',
  'top_p',
  'user',
] as const;
const READ: ReadonlySet<string> = new Set([...SHARED, 'prompt', 'max_tokens', 'logprobs', 'echo', 'best_of']);

/** https://platform.openai.com/docs/api-reference/completions/create (seen 2026-11-26) */
const USUAL_TOKENS = 16;

const asChat: Warning = {
  code: 'approximated',
  path: '/messages/0',
  message: 'a prompt is sent as the message of a user: a chat model answers it, it does not write on',
};

/** A completion is a chat of one message. */
export const decodeRequest: Translator<WireRequest, CanonicalRequest> = (request, context) => {
  const { body } = request;
  if (!isObject(body)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  const prompt = readPrompt(body.prompt);
  const chat: JsonObject = { messages: [{ role: 'user', content: prompt }] };
  for (const field of SHARED)
    if (body[field] !== undefined && body[field] !== null) chat[field] = body[field];
  chat.max_tokens = typeof body.max_tokens === 'number' ? body.max_tokens : USUAL_TOKENS;
  if (typeof body.logprobs === 'number') {
    chat.logprobs = true;
    if (body.logprobs > 0) chat.top_logprobs = body.logprobs;
  }
  const { output, memo } = decodeChat({ ...request, body: chat }, context);
  // Written by us, in the form of another API: nothing of it is to go back as it came.
  output.extensions = { [DIALECT]: ownFields(body) };
  for (const message of output.messages) dropMarks(message);
  const kept: CompletionMemo = { ...(memo as JsonObject) };
  if (body.echo === true) kept.echo = prompt;
  return { output, warnings: [asChat], memo: kept as unknown as Json };
};

function readPrompt(prompt: Json | undefined): string {
  if (typeof prompt === 'string') return prompt;
  if (isStrings(prompt) && prompt.length === 1) return prompt[0] ?? '';
  if (isStrings(prompt) && prompt.length > 1) {
    throw new TranslateError('unsupported', 'Send one prompt per request; this one has several', '/prompt');
  }
  if (Array.isArray(prompt) && prompt.length > 0) {
    const reason = "'prompt' must be text: only the model's own service can read token ids";
    throw new TranslateError('unsupported', reason, '/prompt');
  }
  throw new TranslateError('invalid-input', "'prompt' must be a string that is given", '/prompt');
}

/** What a chat has no word for, where it asks for something: whoever sends the request tells that it is left out. */
function ownFields(body: JsonObject): JsonObject {
  const own: JsonObject = leftover(body, READ) ?? {};
  for (const field in own) if (own[field] === null || own[field] === '') delete own[field];
  const { best_of: best, n } = body;
  if (typeof best === 'number' && best > (typeof n === 'number' ? n : 1)) own.best_of = best;
  return own;
}

function dropMarks(owner: CanonicalRequest['messages'][number]): void {
  if (owner.extensions?.[CHAT] !== undefined) delete owner.extensions;
}
