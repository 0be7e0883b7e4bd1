import t from 'tap';
import { status } from '../helpers/faults.ts';
import { startPair } from '../helpers/gateway.ts';

const nest = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const events = (...data: string[]): string => data.map((each) => `data: ${each}\n\n`).join('');
const said = '"id":"c","created":1,"model":"m"';
const first = `{${said},"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}`;

for (const [where, inlineBelowKb] of [
  ['on the main thread', 1_000_000],
  ['in worker threads', 0],
] as const) {
  t.test(`JSON nested 60,000 deep is an error of whoever sent it, ${where}`, async (t) => {
    const { post, upstream, lines } = await startPair(t, { translation: { inlineBelowKb } });
    const deep = nest(60_000);
    const messages = '"messages":[{"role":"user","content":"Hi"}]';
    const requests = [
      ['/v1/chat/completions', `{"model":"openai/gpt-4o-mini",${messages},"metadata":${deep}}`],
      ['/v1/chat/completions', `{"mod\\u0065l":"openai/gpt-4o-mini","x":${deep}}`],
      ['/v1/chat/completions', `{"__proto__":1,"x":${nest(200_000)}}`],
      ['/v1/messages', `{"model":"openai/gpt-4o-mini","max_tokens":9,${messages},"tools":[${deep}]}`],
      ['/v1/responses', `{"model":"offline/chat","input":"Hi","metadata":${deep}}`],
      ['/v1beta/models/offline/chat:generateContent', `{"contents":[{"parts":[{"text":"Hi"}]}],"x":${deep}}`],
    ] as const;
    for (const [path, body] of requests) {
      const refused = await post(path, Buffer.from(body));
      t.equal(refused.status, 400, body.slice(0, 40));
      t.equal(refused.headers.get('x-dragoman-error'), 'GW_CLIENT_BODY_INVALID');
      t.match(await refused.json(), {
        error: { message: /request body is nested more than 1000 levels deep/ },
      });
    }
    t.equal(upstream.requests.length, 0, 'none of it went on');

    const ask = (stream: boolean) =>
      post('/v1/chat/completions', {
        model: 'openai-twin/gpt-4o-mini',
        stream,
        messages: [{ role: 'user', content: 'Hi' }],
      });
    const unreadable = /Provider 'openai-twin' sent .* it is nested more than 1000 levels deep/;
    const choice =
      '"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}]';
    for (const stream of [false, true]) {
      const whole = `{${said},"object":"chat.completion",${choice},"x":${deep}}`;
      upstream.answer(status(200, whole, { 'content-type': 'application/json' }));
      const answer = await ask(stream);
      t.equal(answer.headers.get('x-dragoman-error'), 'GW_UPSTREAM_INVALID');
      t.match(await answer.json(), { error: { message: unreadable } });
    }
    const chunk = `{${said},"object":"chat.completion.chunk","choices":[],"x":${deep}}`;
    const frames = events(first, chunk, '[DONE]');
    upstream.answer(status(200, frames, { 'content-type': 'text/event-stream' }));
    const stream = await (await ask(true)).text();
    // How deep V8 writes depends on its version: either all of it goes on, or the client is told why it ends.
    t.match(stream, /"x":\[{60000}.*\[DONE\]|it is nested more than 1000 levels deep/s);

    t.equal((await ask(false)).status, 200, 'and all goes on');
    const kinds = lines.filter(({ fields }) => /GW_INTERNAL|GW_TRANSLATE/.test(String(fields.code)));
    t.same(kinds, []);
    t.notOk(lines.some(({ message }) => /thread died|internal failure/.test(message)));
  });
}
