import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { startTestGateway } from '../helpers/gateway.ts';

const examples = resolve(import.meta.dirname, '../../plugin-sdk/examples');

t.test('clients speak a language that only a sandboxed plugin knows, with any provider', async (t) => {
  const cwd = t.testdir();
  for (const id of ['acme-c', 'acme-as']) {
    const filter = (source: string): boolean => !/\/(src|assembly|build\.sh)$/.test(source);
    cpSync(join(examples, id), join(cwd, 'plugins', id), { recursive: true, filter });
  }
  const { gateway, post, url, key } = await startTestGateway(t, null, {}, cwd);
  const ask = (id: string, stream: boolean): Promise<Response> =>
    post(`/${id}/chat`, { model: 'offline/chat', stream, turns: [{ who: 'user', say: 'Hello' }] });

  for (const id of ['acme-c', 'acme-as']) {
    const report = gateway.plugins().find((plugin) => plugin.id === id);
    t.match(report, { state: 'on', tier: 'sandbox', reason: /passed its 5 fixtures/ });
    const whole = await ask(id, false);
    t.equal(whole.status, 200);
    t.match(JSON.stringify(await whole.json()), 'Hello');
    const streams = await Promise.all(Array.from({ length: 20 }, () => ask(id, true)));
    const texts = await Promise.all(streams.map((stream) => stream.text()));
    t.match(texts[0], /Hello/);
    t.equal(
      new Set(texts.map((text) => text.replace(/"id":"[^"]*"/g, ''))).size,
      1,
      'twenty at once say the same',
    );
    const refused = await post(`/${id}/chat`, { model: 'offline/chat', turns: 'none' });
    t.equal(refused.status, 400, 'a refusal is that of the client');
  }
  const metrics = await (
    await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })
  ).text();
  t.match(metrics, /dragoman_translate_seconds_count\{plugin="acme-c",tier="sandbox"\} [1-9]/);
  t.match(metrics, /dragoman_sandbox_instances_total\{plugin="acme-c",event="created"\} [1-9]/);
  t.notMatch(metrics, /dragoman_sandbox_thread_deaths_total\{/);
});
