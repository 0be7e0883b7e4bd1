import type {
  CanonicalEvent,
  CanonicalRequest,
  CanonicalResponse,
  Frame,
  Json,
  JsonObject,
  ProviderPlugin,
  StreamInput,
} from '@dragoman/plugin-sdk';

/** A dialect so small that a test can say what comes out: `{ text }` in, `{ text }` out, one text part. */
const plugin: ProviderPlugin = {
  dialects: {
    echo: {
      decodeRequest: (input) => {
        const body = input.body as JsonObject;
        if (body === null || typeof body.text !== 'string') {
          throw Object.assign(new Error('text must be a string'), {
            name: 'TranslateError',
            code: 'invalid-input',
            path: '/text',
          });
        }
        const output: CanonicalRequest = {
          model: 'm',
          messages: [{ role: 'user', parts: [{ type: 'text', text: body.text }] }],
          stream: false,
        };
        return { output, memo: { asked: body.text.length } };
      },
      encodeRequest: (input, context) => ({
        output: { body: { text: textOf(input), model: context.model.id, extra: context.config.extra } },
        warnings: [{ code: 'dropped', path: '/seed', message: 'no seed' }],
      }),
      decodeResponse: (input) => {
        const { failed } = input.body as JsonObject;
        if (failed !== undefined) throw failure(String(failed));
        const output = {
          id: 'r',
          model: 'm',
          parts: [{ type: 'text', text: String((input.body as JsonObject).text) }],
          finish: { reason: 'stop' },
          usage: { inputTokens: 1, outputTokens: 2 },
        } satisfies CanonicalResponse;
        return { output };
      },
      encodeResponse: (input, context) => {
        const [part] = input.parts;
        return { output: { text: part?.type === 'text' ? part.text : '', memo: context.memo ?? null } };
      },
      decodeStream: (input: StreamInput<Frame>) => {
        const state = (input.state ?? { count: 0 }) as { count: number };
        const items: CanonicalEvent[] = [];
        for (const { data } of input.items) {
          if (state.count++ === 0) {
            items.push({ type: 'response-start', id: 'r', model: 'm' });
            items.push({ type: 'part-start', index: 0, part: { type: 'text' } });
          }
          if (data === '[DONE]') {
            items.push(
              { type: 'part-end', index: 0 },
              { type: 'usage', usage: { outputTokens: state.count } },
            );
            items.push({ type: 'response-end', finish: { reason: 'stop' } });
          } else {
            const text = String((data as JsonObject).text);
            items.push({ type: 'part-delta', index: 0, delta: { type: 'text', text } });
          }
        }
        return { output: { state, items } };
      },
      encodeStream: (input: StreamInput<CanonicalEvent>) => {
        const state = (input.state ?? { seen: 0 }) as { seen: number };
        const items: Frame[] = [];
        for (const event of input.items) {
          state.seen++;
          if (event.type === 'part-delta' && event.delta.type === 'text') {
            items.push({ data: { text: event.delta.text } });
          } else if (event.type === 'response-end') {
            items.push({ data: { seen: state.seen } }, { data: '[DONE]' });
          } else if (event.type === 'error') {
            items.push({ event: 'error', data: { error: event.error.message } });
          }
        }
        return { output: { state, items } };
      },
      decodeError: (input) => ({
        output: { kind: 'server', message: String(input.body), status: input.status },
      }),
      encodeError: (input) => ({ output: { status: 500, body: { error: input.message } as Json } }),
    },
  },
};
export default plugin;

function textOf(request: CanonicalRequest): string {
  const part = request.messages[0]?.parts[0];
  return part?.type === 'text' ? part.text : '';
}

/** As a plugin with its own copy of the SDK throws it. */
function failure(message: string): Error {
  const fields = { name: 'TranslateError', code: 'upstream', upstream: { kind: 'quota', message } };
  return Object.assign(new Error(message), fields);
}
