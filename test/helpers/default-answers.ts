import type { Json } from '@dragoman/plugin-sdk';
import { anthropicFrames, json, openaiFrames, stream } from './answers.ts';
import type { Answer, ReceivedRequest } from './fake-upstream.ts';
import { says } from './replies/says.ts';

/** A small valid answer of the dialect the path belongs to; written after the services' reference. */
export const defaultAnswer: Answer = (request, response) => answerFor(request)(request, response);

const spoken =
  /^\/(v1\/responses|v1beta\/models\/[^:]+:(g|streamG)enerateContent|api\/chat|v2\/chat|mistral\/)/;

function answerFor({ path, body }: ReceivedRequest): Answer {
  if (spoken.test(path)) return says({ text: ['Hello', ' there'] });
  const model = String(body.model ?? '');
  const streams = body.stream === true;
  switch (path) {
    case '/v1/chat/completions':
      return streams
        ? stream(openaiFrames(chatChunks(model, wantsUsage(body.stream_options))))
        : json(chatReply(model));
    case '/v1/messages':
      return streams ? stream(anthropicFrames(messageEvents(model))) : json(message(model));
    case '/v1/messages/count_tokens':
      return json({ input_tokens: 7 });
    case '/v1/responses/input_tokens':
      return json({ object: 'response.input_tokens', input_tokens: 7 });
    case '/v1/embeddings':
      return json(embeddings(model, body.input));
    case '/v1/models':
      return json({
        object: 'list',
        data: [{ id: 'fake-model', object: 'model', created: 0, owned_by: 'fake' }],
      });
    default:
      return json(
        { error: { message: `no such path: ${path}`, type: 'invalid_request_error' } },
        { status: 404 },
      );
  }
}

function wantsUsage(options: Json | undefined): boolean {
  return (
    typeof options === 'object' &&
    options !== null &&
    !Array.isArray(options) &&
    options.include_usage === true
  );
}

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

function chatReply(model: string): Json {
  const reply = { role: 'assistant', content: 'Hello there', refusal: null, annotations: [] };
  return {
    id: 'chatcmpl-fake1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, message: reply, logprobs: null, finish_reason: 'stop' }],
    usage,
    system_fingerprint: 'fp_fake',
  };
}

function chatChunks(model: string, withUsage: boolean): Json[] {
  const chunk = (delta: Json, finish: string | null): Json => ({
    id: 'chatcmpl-fake1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(withUsage ? { usage: null } : {}),
  });
  const chunks = [
    chunk({ role: 'assistant', content: '', refusal: null }, null),
    chunk({ content: 'Hello' }, null),
    chunk({ content: ' there' }, null),
    chunk({}, 'stop'),
  ];
  const last = { id: 'chatcmpl-fake1', object: 'chat.completion.chunk', created: 1_700_000_000, model };
  return withUsage ? [...chunks, { ...last, choices: [], usage }] : chunks;
}

function message(model: string): Json {
  return {
    id: 'msg_fake1',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: 'Hello there' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 2 },
  };
}

function messageEvents(model: string): (Json & { type: string })[] {
  const start = { id: 'msg_fake1', type: 'message', role: 'assistant', model, content: [] };
  const opening = {
    ...start,
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  };
  const text = (piece: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: piece },
  });
  return [
    { type: 'message_start', message: opening },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    text('Hello'),
    text(' there'),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 2 },
    },
    { type: 'message_stop' },
  ];
}

function embeddings(model: string, input: Json | undefined): Json {
  const count = Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
  const data = Array.from({ length: count }, (_, index) => ({
    object: 'embedding',
    index,
    embedding: [0.25, -0.5, index],
  }));
  return { object: 'list', data, model, usage: { prompt_tokens: 3, total_tokens: 3 } };
}
