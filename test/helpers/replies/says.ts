import type { JsonObject } from '@dragoman/plugin-sdk';
import { json, stream } from '../answers.ts';
import type { Answer, ReceivedRequest } from '../fake-upstream.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { cohere } from './cohere.ts';
import { gemini } from './gemini.ts';
import { mistral } from './mistral.ts';
import { ollama } from './ollama.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import type { Said, Writer } from './said.ts';

/** Services of the fake upstream, by how their paths begin. */
const writers: readonly [start: string, writer: Writer][] = [
  ['/mistral/', mistral],
  ['/v1/chat/completions', openaiChat],
  ['/v1/responses', openaiResponses],
  ['/v1/messages', anthropicMessages],
  ['/v1beta/models/', gemini],
  ['/api/chat', ollama],
  ['/v2/chat', cohere],
];

/** Answers with what the model says, in the dialect it is asked in, whole or streaming as it is asked to. */
export function says(said: Said): Answer {
  return (request, response) => {
    const writer = writerOf(request);
    const model = modelOf(request);
    if (!wantsStream(request, writer)) return json(writer.whole(said, model))(request, response);
    const type = writer === ollama ? 'application/x-ndjson' : 'text/event-stream';
    return stream(writer.frames(said, model), { headers: { 'content-type': type } })(request, response);
  };
}

/** The service that is asked. */
export function writerOf({ path }: ReceivedRequest): Writer {
  const writer = writers.find(([start]) => path.startsWith(start))?.[1];
  if (writer === undefined) throw new Error(`nobody speaks at ${path}`);
  return writer;
}

function modelOf({ path, body }: ReceivedRequest): string {
  return /\/models\/([^:]+):/.exec(path)?.[1] ?? String(body.model);
}

/** Ollama streams unless it is told not to. */
function wantsStream({ path, body }: ReceivedRequest, writer: Writer): boolean {
  if (writer === gemini) return path.endsWith(':streamGenerateContent');
  return writer === ollama ? body.stream !== false : body.stream === true;
}

/** How each service says that too much was asked of it. */
export function saysTooMany(message = 'slow down'): Answer {
  return (request, response) => {
    const body = tooMany(request.path, message);
    return json(body, { status: 429, headers: { 'retry-after': '7' } })(request, response);
  };
}

function tooMany(path: string, message: string): JsonObject {
  if (path.startsWith('/v1/messages')) return { type: 'error', error: { type: 'rate_limit_error', message } };
  if (path.startsWith('/v1beta/')) return { error: { code: 429, message, status: 'RESOURCE_EXHAUSTED' } };
  if (path.startsWith('/api/')) return { error: message };
  if (path.startsWith('/v2/')) return { id: 'fake-1', message };
  if (path.startsWith('/mistral/')) {
    return { object: 'error', message, type: 'rate_limited', param: null, code: '1300' };
  }
  return { error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null, message } };
}
