import { join } from 'node:path';
import t from 'tap';
import { type GatewayProcess, startGatewayProcess } from '../helpers/gateway-process.ts';
import { writePlugin } from '../modules/toy.ts';
import { replaceFolder, versionedFiles } from '../modules/versioned.ts';
import { startLoad } from './load.ts';
import { startWordUpstream } from './word-upstream.ts';

const isLong = process.env.DRAGOMAN_LONG !== undefined;
/** Full length: the state after 250 swaps is compared with that after 50. */
const swaps = isLong ? 250 : 25;
const settledAfter = swaps / 5;
/** A young process still grows for reasons of its own: the short run cannot tell as much as the long one. */
const tolerance = isLong ? 1.15 : 1.3;

for (const trust of ['inline', 'worker']) {
  t.test(
    `${swaps} swaps of a plugin with trust: ${trust}, while requests stream`,
    {
      timeout: isLong ? 600_000 : 100_000,
    },
    async (t) => {
      const upstream = await startWordUpstream();
      t.teardown(() => upstream.close());
      const cwd = t.testdir({
        'gateway.yaml': `plugins: { trust: { acme: ${trust} } }
providers: { acme: { allowPrivate: true } }
`,
      });
      const plugins = join(cwd, 'plugins');
      writePlugin(join(plugins, 'acme'), versionedFiles('acme', 1, upstream.origin));
      const gateway = await startGatewayProcess(cwd);
      t.teardown(() => gateway.kill());
      const failures: string[] = [];
      const versions = new Set<string>();
      let done = 0;

      /** Swaps under load up to this version; then the memory with nothing going on: no old pool is held by a stream. */
      async function swapTo(first: number, last: number): Promise<number> {
        const load = startLoad(gateway, 'acme');
        for (let version = first; version <= last; version++) await swap(version);
        await load.stop();
        failures.push(...load.failures);
        for (const version of load.versions) versions.add(version);
        done += load.done;
        return leastMemory(gateway);
      }
      async function swap(version: number): Promise<void> {
        const from = gateway.lines.length;
        const files = versionedFiles('acme', version, upstream.origin);
        if (version % 2 === 0) writePlugin(join(plugins, 'acme'), files);
        else replaceFolder(plugins, 'acme', files);
        await gateway.until(({ message }) => message === `plugin acme 1.0.${version} was replaced`, from);
      }
      const settled = await swapTo(2, settledAfter + 1);
      const last = await swapTo(settledAfter + 2, swaps + 1);

      t.comment(
        `${done} replies by ${versions.size} versions; ${megabytes(settled)} after ${settledAfter} swaps, ${megabytes(last)} after ${swaps}`,
      );
      t.same(failures, [], 'no request failed, none was cut, none saw half a change');
      t.ok(versions.size > swaps / 2, 'requests were answered by most versions');
      t.ok(
        last < settled * tolerance,
        `${megabytes(last)} is no more than ${tolerance} of ${megabytes(settled)}`,
      );
      t.same(
        gateway.lines.filter(
          ({ level, fields }) => level === 'error' || (level === 'warn' && fields.plugin === 'acme'),
        ),
        [],
      );
      await gateway.stop();
    },
  );
}

/** Threads of pools nobody needs any more take a moment to end. */
async function leastMemory(gateway: GatewayProcess): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round++) {
    least = Math.min(least, (await gateway.memory()).rss);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return least;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
