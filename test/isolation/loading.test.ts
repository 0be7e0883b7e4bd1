import { join } from 'node:path';
import t from 'tap';
import { misdeeds } from '../modules/misbehaving.ts';
import { writePlugin } from '../modules/toy.ts';
import { quantile, startPulse } from './pulse.ts';
import { openStage } from './stage.ts';

t.test(
  'code that goes wrong while it is loaded never comes in, and nobody notices',
  {
    timeout: 110_000,
  },
  async (t) => {
    const { gateway, cwd, askBad, startSteady } = await openStage(t);
    t.match(await askBad('stream none'), { status: 200, finish: 'stop' });
    const pulse = startPulse(gateway, 'offline/chat');
    const steady = startSteady();
    for (const name of ['loop', 'exit', 'memory', 'throw-trap'] as const) {
      const from = gateway.lines.length;
      writePlugin(join(cwd, 'plugins/bad'), {
        'index.js': `(() => { ${misdeeds[name]} })();\nexport default {};\n`,
      });
      const line = await gateway.until(({ fields }) => fields.plugin === 'bad', from);
      t.match(
        line,
        { level: 'warn', message: /^version 1\.0\.0 stays in use: .*'bad'/, fields: { state: 'previous' } },
        name,
      );
      t.notMatch(line.message, '\n');
      t.match(
        await askBad('stream none'),
        { status: 200, error: null, text: 'one more end ', finish: 'stop' },
        'its last good version serves',
      );
    }
    await Promise.all([steady.stop(), pulse.stop()]);
    t.same(steady.failures, []);
    t.same(pulse.failures, []);
    t.ok(quantile(pulse.times, 0.95) < 250, `${quantile(pulse.times, 0.95)} ms`);
    await gateway.stop();
  },
);
