import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chat } from '../helpers/chat.ts';
import { startGatewayProcess } from '../helpers/gateway-process.ts';
import { writePlugin } from '../modules/toy.ts';
import { replaceFolder, versionedFiles } from '../modules/versioned.ts';
import { startLoad } from './load.ts';
import { startWordUpstream } from './word-upstream.ts';

const isLong = process.env.DRAGOMAN_LONG !== undefined;
const steps = isLong ? 600 : 60;
const seed = Number(process.env.DRAGOMAN_SEED ?? 1);
const ids = ['alpha', 'beta', 'gamma'];

/** The same numbers for the same seed (mulberry32). */
function createRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

t.test(
  `${steps} changes of every kind, at any moment, under load (seed ${seed})`,
  {
    timeout: isLong ? 600_000 : 100_000,
  },
  async (t) => {
    const random = createRandom(seed);
    const upstream = await startWordUpstream();
    t.teardown(() => upstream.close());
    const config = (routes: object[] = []): string =>
      JSON.stringify({
        plugins: { trust: { alpha: 'inline', beta: 'worker', gamma: 'worker', guest: 'worker' } },
        providers: Object.fromEntries([...ids, 'guest'].map((id) => [id, { allowPrivate: true }])),
        routes,
      });
    const cwd = t.testdir({ 'gateway.yaml': config() });
    const plugins = join(cwd, 'plugins');
    const versions = new Map(ids.map((id) => [id, 1]));
    for (const id of ids) writePlugin(join(plugins, id), versionedFiles(id, 1, upstream.origin));
    const gateway = await startGatewayProcess(cwd);
    t.teardown(() => gateway.kill());
    const loads = ids.map((id) => startLoad(gateway, id, 3));

    function replace(id: string): void {
      const version = (versions.get(id) ?? 0) + 1;
      versions.set(id, version);
      const files = versionedFiles(id, version, upstream.origin);
      if (random() < 0.5) writePlugin(join(plugins, id), files);
      else replaceFolder(plugins, id, files);
    }
    for (let step = 0; step < steps; step++) {
      const id = ids[Math.floor(random() * ids.length)] ?? 'alpha';
      const kind = random();
      if (kind < 0.5) replace(id);
      else if (kind < 0.6) writeFileSync(join(plugins, id, 'plugin.json'), '{ "broken');
      else if (kind < 0.7) writeFileSync(join(plugins, id, 'src/index.ts'), 'throw new Error("broken");');
      else if (kind < 0.8)
        writePlugin(join(plugins, 'guest'), versionedFiles('guest', step, upstream.origin));
      else if (kind < 0.9) rmSync(join(plugins, 'guest'), { recursive: true, force: true });
      else if (kind < 0.95)
        writeFileSync(join(cwd, 'gateway.yaml'), config([{ model: `r${step}`, to: ['alpha/toy'] }]));
      else writeFileSync(join(cwd, 'gateway.yaml'), 'routes: [');
      await new Promise((resolve) => setTimeout(resolve, random() * 150));
    }

    const from = gateway.lines.length;
    writeFileSync(join(cwd, 'gateway.yaml'), config([{ model: 'last', to: ['alpha/toy'] }]));
    for (const id of ids) replace(id);
    for (const id of ids) {
      const last = `plugin ${id} 1.0.${versions.get(id)}`;
      await gateway.until(({ message }) => message.startsWith(last), from);
      const version = versions.get(id);
      t.match(await chat(gateway, { model: `${id}/toy`, stream: true, max_tokens: 1 }), {
        text: `${version}.${version}.${version} `,
      });
    }
    await Promise.all(loads.map((load) => load.stop()));
    for (const [index, load] of loads.entries()) {
      t.same(load.failures, [], `${ids[index]}: ${load.done} replies, by ${load.versions.size} versions`);
    }
    await gateway.stop();
  },
);
