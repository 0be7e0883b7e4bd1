import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import { createPoolRunner } from '../../../core/translate/pool-runner.ts';
import { context, echo, echoRequest, echoStream, requestOf } from './plans.ts';

const generations = process.env.DRAGOMAN_LONG ? 300 : 40;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Resident megabytes of the whole process, threads included, after a forced collection. */
async function residentMb(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().rss / 1e6;
}

t.test(`memory is flat over ${generations} generations of pools`, { timeout: 300_000 }, async (t) => {
  let quarter = 0;
  for (let generation = 1; generation <= generations; generation++) {
    const runner = createPoolRunner({ modules: [echo], threads: 1, log: silentLog });
    await runner.request(echoRequest, requestOf({ text: 'a' }), context);
    await runner.stream(echoStream, 'sse', context, []).push([{ data: '{"text":"a"}' }]);
    await runner.close();
    if (generation === Math.ceil(generations / 4)) quarter = await residentMb();
  }
  const last = await residentMb();
  t.comment(`${quarter.toFixed(1)} MB after a quarter, ${last.toFixed(1)} MB at the end`);
  t.ok(last < quarter * 1.15, `${last} MB against ${quarter} MB`);
});
