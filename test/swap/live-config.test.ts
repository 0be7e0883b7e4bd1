import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chat, postChat, readStream } from '../helpers/chat.ts';
import { type GatewayProcess, startGatewayProcess } from '../helpers/gateway-process.ts';
import { writePlugin } from '../modules/toy.ts';
import { versionedFiles } from '../modules/versioned.ts';
import { startLoad } from './load.ts';
import { startWordUpstream } from './word-upstream.ts';

const base = {
  plugins: { trust: { acme: 'inline', other: 'inline' } },
  providers: { acme: { allowPrivate: true }, other: { allowPrivate: true } },
};

/** Of this file: other things are swapped in soon after a start, too. */
const inUse = /^the configuration was read again and is in use$/;

t.test('gateway.yaml is edited while requests stream', { timeout: 60_000 }, async (t) => {
  const upstream = await startWordUpstream();
  t.teardown(() => upstream.close());
  const cwd = t.testdir({ 'gateway.yaml': JSON.stringify(base) });
  for (const id of ['acme', 'other']) {
    writePlugin(join(cwd, 'plugins', id), versionedFiles(id, 1, upstream.origin));
  }
  const gateway = await startGatewayProcess(cwd);
  t.teardown(() => gateway.kill());
  const load = startLoad(gateway, 'acme', 4);

  /** Writes the file and waits until a line says what came of it. */
  async function edit(text: string, expected: RegExp): Promise<string> {
    const from = gateway.lines.length;
    // As editors save: a new file in the place of the old one, every other time.
    const file = join(cwd, 'gateway.yaml');
    writeFileSync(`${file}.tmp`, text);
    if (from % 2 === 0) renameSync(`${file}.tmp`, file);
    else writeFileSync(file, text);
    const line = await gateway.until(({ message }) => expected.test(message), from);
    return `${line.message} ${JSON.stringify(line.fields)}`;
  }
  const statusOf = async (model: string, target: Pick<GatewayProcess, 'url' | 'key'> = gateway) =>
    (await chat(target, { model, stream: true, max_tokens: 2 })).status;

  await t.test('a route that is added serves', async (t) => {
    t.equal(await statusOf('fast'), 404);
    await edit(JSON.stringify({ ...base, routes: [{ model: 'fast', to: ['other/toy'] }] }), inUse);
    t.equal(await statusOf('fast'), 200);
    await edit(JSON.stringify(base), inUse);
    t.equal(await statusOf('fast'), 404, 'and does not once it is taken out');
  });

  await t.test('a key that is added lets in, and no longer once it is removed', async (t) => {
    const key = 'another-key-for-these-tests';
    const target = { url: gateway.url, key };
    t.equal(await statusOf('acme/toy', target), 401);
    await edit(JSON.stringify({ ...base, keys: [{ name: 'late', key }] }), inUse);
    t.equal(await statusOf('acme/toy', target), 200);
    const before = await postChat(target, { model: 'acme/toy', stream: true, max_tokens: 50 });
    await edit(JSON.stringify(base), inUse);
    t.equal(await statusOf('acme/toy', target), 401);
    t.match(readStream(await before.text()), { finish: 'stop' }, 'what it had asked before is answered');
  });

  await t.test('a provider that is removed serves what it has begun, and nothing new', async (t) => {
    const before = await postChat(gateway, { model: 'other/toy', stream: true, max_tokens: 50 });
    const without = { ...base, providers: { acme: base.providers.acme } };
    await edit(JSON.stringify(without), /^provider other is (gone|off)/);
    t.equal(await statusOf('other/toy'), 404);
    t.match(readStream(await before.text()), { finish: 'stop' });
    await edit(JSON.stringify(base), /^provider other is on/);
    t.equal(await statusOf('other/toy'), 200);
  });

  await t.test(
    'a file that cannot be read leaves everything as it was, and says where the slip is',
    async (t) => {
      const broken = await edit('providers: { acme: {\n  allowPrivate: tru', /^gateway\.yaml is not valid/);
      t.match(broken, /what was read before stays in use/);
      t.match(broken, /"problems":\["2:\d+ /);
      t.equal(await statusOf('other/toy'), 200);

      const misnamed = await edit(
        'providers: { acme: { alowPrivate: true } }\n',
        /^gateway\.yaml is not valid/,
      );
      t.match(misnamed, /1:22 providers\.acme\.alowPrivate: .*allowPrivate/);
      t.equal(await statusOf('other/toy'), 200);

      await edit(JSON.stringify({ ...base, routes: [{ model: 'mended', to: ['other/toy'] }] }), inUse);
      t.equal(await statusOf('mended'), 200, 'what is repaired counts at once');
    },
  );

  await load.stop();
  t.same(load.failures, [], 'no request failed meanwhile');
  t.ok(load.done > 20);
  await gateway.stop();
});
