import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { startGatewayProcess } from '../helpers/gateway-process.ts';
import { writePlugin } from '../modules/toy.ts';
import { versionedFiles } from '../modules/versioned.ts';
import { startLoad } from './load.ts';
import { startWordUpstream } from './word-upstream.ts';

const isLong = process.env.DRAGOMAN_LONG !== undefined;
const seconds = isLong ? 60 : 6;
const everyMs = 100;
const ids = ['threaded', 'sandboxed'];
/** Of each tier. */
const clients = 12;

t.test(
  `a worker thread is ended every ${everyMs} ms for ${seconds} s, and no request is lost`,
  { timeout: 110_000 },
  async (t) => {
    const upstream = await startWordUpstream();
    t.teardown(() => upstream.close());
    const cwd = t.testdir({
      'gateway.yaml': `plugins: { trust: { threaded: worker, sandboxed: sandbox } }
providers: { threaded: { allowPrivate: true }, sandboxed: { allowPrivate: true } }
translation: { workers: 2 }
`,
    });
    for (const id of ids) writePlugin(join(cwd, 'plugins', id), versionedFiles(id, 1, upstream.origin));
    const gateway = await startGatewayProcess(cwd);
    t.teardown(() => gateway.kill());
    const loads = ids.map((id) => startLoad(gateway, id, clients));
    let kills = 0;
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      const next = setTimeout(everyMs);
      if (await gateway.killThread()) kills++;
      await next;
    }
    await Promise.all(loads.map((load) => load.stop()));
    t.ok(kills > seconds * 5, `${kills} threads were ended`);
    for (const [index, { failures, done }] of loads.entries()) {
      t.same(failures, [], `${ids[index]}: whole replies and streams alike`);
      // Where a thread takes longer to start than it may live, the last ones come when the killing is over.
      t.ok(done >= clients, `${ids[index]}: ${done} replies`);
    }
    await gateway.stop();
  },
);
