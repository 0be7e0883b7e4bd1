import t from 'tap';
import { compressed } from '../helpers/answers.ts';
import { refusedOrigin, untilClose } from '../helpers/faults.ts';
import { openStage, ways } from './ways.ts';

t.test('a service that is not there', async (t) => {
  const stage = await openStage(t, { baseUrl: await refusedOrigin() });
  for (const way of ways) {
    for (const stream of [true, false]) {
      const alone = await stage.ask(way, stream);
      t.match(alone, { status: 502, code: 'GW_UPSTREAM_CONNECT', attempts: '2', end: 'error' }, way.name);
      t.match(alone.message, /Cannot connect to provider '.*' at 127\.0\.0\.1:\d+: connection refused/);
      t.match(await stage.ask(way, stream, `safe-${way.provider}`), {
        status: 200,
        provider: 'backup',
        attempts: '3',
        end: 'whole',
      });
    }
  }
  t.equal(stage.upstream.requests.length, 0);
});

t.test('compressed answers, though nobody asked for them', async (t) => {
  const { upstream, ask } = await openStage(t);
  for (const way of ways) {
    for (const encoding of ['gzip', 'br', 'deflate', 'zstd'] as const) {
      upstream.always(compressed(encoding, way.frames.join(''), 'text/event-stream'));
      const streamed = await ask(way, true);
      t.match(
        streamed,
        { status: 200, text: 'Hello there', end: 'whole', terminals: 1 },
        `${way.name}, ${encoding}`,
      );
      t.equal(streamed.headers.get('content-encoding'), null);
      upstream.always(compressed(encoding, JSON.stringify(wholeOf(way.provider))));
      t.match(await ask(way, false), { status: 200, text: 'Hello there', end: 'whole' });
    }
  }
});

t.test('a stream whose end is the end of the connection', async (t) => {
  const { upstream, ask } = await openStage(t);
  for (const way of ways) {
    upstream.always(untilClose(way.frames.join('')));
    t.match(await ask(way, true), { status: 200, text: 'Hello there', end: 'whole', terminals: 1 }, way.name);
    if (way.provider.startsWith('anthropic')) continue;
    // Some compatible servers never send `[DONE]`; with a finish_reason their answer is whole all the same.
    upstream.always(untilClose(way.frames.slice(0, -1).join('')));
    t.match(
      await ask(way, true),
      { status: 200, text: 'Hello there', errorType: null },
      `${way.name}, no [DONE]`,
    );
  }
});

t.test('a whole answer where a stream was asked for becomes one', async (t) => {
  const { upstream, ask } = await openStage(t);
  for (const way of ways.filter(({ name }) => !name.includes('passed through'))) {
    upstream.always((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(wholeOf(way.provider)));
    });
    t.match(await ask(way, true), { status: 200, text: 'Hello there', end: 'whole', terminals: 1 }, way.name);
  }
});

function wholeOf(provider: string): object {
  return provider.startsWith('anthropic')
    ? {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [{ type: 'text', text: 'Hello there' }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: { input_tokens: 9, output_tokens: 2 },
      }
    : {
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_700_000_000,
        model: 'm',
        choices: [
          { index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' },
        ],
        usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
      };
}
