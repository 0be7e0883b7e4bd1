import t from 'tap';
import { chat, postChat } from '../helpers/chat.ts';
import { type Answer, startFakeUpstream } from '../helpers/fake-upstream.ts';
import {
  cutStream,
  dropBeforeAnswer,
  hang,
  htmlError,
  notHttp,
  redirect,
  wrongLength,
} from '../helpers/faults.ts';
import { providersAt } from '../helpers/gateway.ts';
import { startGatewayProcess } from '../helpers/gateway-process.ts';

const rounds = process.env.DRAGOMAN_LONG === undefined ? 15 : 150;
const begun = 'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n';

const answers: Answer[] = [
  hang(),
  dropBeforeAnswer('reset'),
  dropBeforeAnswer('close'),
  htmlError(502),
  redirect('http://127.0.0.1:1/'),
  notHttp(),
  cutStream(begun, 'close'),
  cutStream(begun, 'reset'),
  cutStream(begun, 'end'),
  wrongLength('{"id"', 500),
];

t.test(
  `nothing is left of ${rounds * answers.length * 3} requests that went wrong`,
  {
    timeout: process.env.DRAGOMAN_LONG === undefined ? 100_000 : 900_000,
  },
  async (t) => {
    const upstream = await startFakeUpstream({ strict: false });
    t.teardown(() => upstream.close());
    const { openai, anthropic } = providersAt(upstream);
    const timeouts = { connectMs: 1_000, firstByteMs: 150, idleMs: 150 };
    const providers = Object.fromEntries(
      Object.entries({ openai, anthropic }).map(([name, settings]) => [
        name,
        { ...(settings as object), timeouts },
      ]),
    );
    const cwd = t.testdir({ 'gateway.yaml': JSON.stringify({ providers }) });
    const gateway = await startGatewayProcess(cwd);
    t.teardown(() => gateway.kill());

    async function round(): Promise<void> {
      for (const answer of answers) {
        upstream.always(answer);
        await Promise.all([
          chat(gateway, { model: 'openai/m', stream: true }),
          chat(gateway, { model: 'anthropic/m', stream: true, max_tokens: 5 }),
          leave(),
        ]);
      }
      upstream.requests.length = 0;
    }
    /** Asks and goes away, before or after the answer has begun. */
    async function leave(): Promise<void> {
      const client = new AbortController();
      const answer = postChat(gateway, { model: 'openai/m', stream: true }, client.signal);
      setTimeout(() => client.abort(), 20);
      await answer.then((response) => response.text()).catch(() => undefined);
    }
    async function state(): Promise<{ sockets: number; timers: number; rss: number }> {
      upstream.always((_, response) => void response.writeHead(500).end());
      await chat(gateway, { model: 'openai/m' });
      const handles = await gateway.handles();
      return {
        sockets: handles.filter((kind) => kind === 'TCPSocketWrap').length,
        timers: handles.filter((kind) => kind === 'Timeout').length,
        rss: (await gateway.memory()).rss,
      };
    }

    for (let count = 0; count < 5; count++) await round();
    const before = await state();
    for (let count = 0; count < rounds; count++) await round();
    const after = await state();
    t.comment(JSON.stringify({ before, after }));
    t.ok(after.sockets <= before.sockets + 3, `${after.sockets} sockets, ${before.sockets} before`);
    t.ok(after.timers <= before.timers + 3, `${after.timers} timers, ${before.timers} before`);
    t.ok(after.rss < before.rss * 1.25, `${after.rss} bytes, ${before.rss} before`);
    upstream.always((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        `${begun}data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`,
      );
    });
    t.match(await chat(gateway, { model: 'openai/m', stream: true }), {
      status: 200,
      text: 'Hello',
      finish: 'stop',
    });
    await gateway.stop();
  },
);
