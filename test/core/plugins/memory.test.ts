import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { toyFiles, writePlugin } from '../../modules/toy.ts';
import { answerOf, openHost } from './open-host.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const swaps = process.env.DRAGOMAN_LONG === '1' ? 400 : 80;
/** Enough code that a version that stays would show. */
const ballast = Array.from(
  { length: 2000 },
  (_, index) =>
    `export function unused${index}(x: number): number { return x * ${index} + unused${index > 0 ? index - 1 : 0}.length; }`,
).join('\n');

async function settledMb(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed / 1048576;
}

t.test(`memory is flat over ${swaps} swaps of inline code`, async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': 'plugins: { trust: { acme: inline } }\nproviders: { acme: {} }\n',
  });
  const folder = join(cwd, 'plugins/acme');
  const { 'src/index.ts': code = '', ...files } = toyFiles({ id: 'acme' });
  const keep = `import * as ballast from './ballast.ts';\nexport const kept = Object.keys(ballast).length;\n`;
  writePlugin(folder, {
    ...files,
    'src/ballast.ts': ballast,
    'src/index.ts': `${keep}${code}globalThis.toyKept = [ballast];\n`,
  });
  const { host } = await openHost(t, cwd);
  let early = 0;
  for (let swap = 1; swap <= swaps; swap++) {
    writeFileSync(join(folder, 'src/text.ts'), `export const text = 'swap ${swap}';\n`);
    const lease = host.registry.lease();
    const { outcome } = await host.reload('test');
    if (outcome !== 'swapped') t.fail(`swap ${swap}: ${outcome}`);
    if (answerOf(host.registry.current, 'acme') !== `swap ${swap}`) t.fail(`swap ${swap} is not in use`);
    lease.release();
    if (swap === Math.floor(swaps / 4)) early = await settledMb();
  }
  await host.reload('its turn comes after the clearing up');
  t.equal(
    readdirSync(join(host.dataDir, 'plugins')).length,
    2,
    'and no copy is left but the one in use and the one to go back to',
  );
  const late = await settledMb();
  t.ok(late <= early * 1.15 + 1, `${early.toFixed(1)} MB after a quarter, ${late.toFixed(1)} MB at the end`);
});
