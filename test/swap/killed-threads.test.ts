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

t.test(
  `a worker thread is ended every ${everyMs} ms for ${seconds} s, and no request is lost`,
  { timeout: 110_000 },
  async (t) => {
    const upstream = await startWordUpstream();
    t.teardown(() => upstream.close());
    const cwd = t.testdir({
      'gateway.yaml': `plugins: { trust: { acme: worker } }
providers: { acme: { allowPrivate: true } }
translation: { workers: 2 }
`,
    });
    writePlugin(join(cwd, 'plugins/acme'), versionedFiles('acme', 1, upstream.origin));
    const gateway = await startGatewayProcess(cwd);
    t.teardown(() => gateway.kill());
    const clients = 20;
    const load = startLoad(gateway, 'acme', clients);
    let kills = 0;
    for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
      const next = setTimeout(everyMs);
      if (await gateway.killThread()) kills++;
      await next;
    }
    await load.stop();
    t.comment(`${kills} threads ended, ${load.done} replies`);
    t.same(load.failures, [], 'whole replies and streams alike');
    t.ok(kills > seconds * 5, `${kills} threads were ended`);
    // Where a thread takes longer to start than it may live, the last ones come when the killing is over.
    t.ok(load.done >= clients, `${load.done} replies`);
    await gateway.stop();
  },
);
