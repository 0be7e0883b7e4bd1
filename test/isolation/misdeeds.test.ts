import t from 'tap';
import { type Misdeed, misdeeds } from '../modules/misbehaving.ts';
import { quantile, startPulse } from './pulse.ts';
import { openStage } from './stage.ts';

const codes: Partial<Record<Misdeed, RegExp>> = {
  loop: /^GW_TRANSLATE_TIMEOUT$/,
  // On a slow machine the collector fights for longer than the call may take.
  memory: /^GW_TRANSLATE_(LIMIT|TIMEOUT)$/,
};

for (const tier of ['worker', 'sandbox'] as const) {
  t.test(`whatever a plugin in a ${tier} does fails only its own call`, { timeout: 110_000 }, async (t) => {
    const { gateway, askBad, startSteady } = await openStage(t, tier);
    t.match(await askBad('stream none'), { status: 200, text: 'one more end ', finish: 'stop' });
    const pulse = startPulse(gateway, 'offline/chat');
    const steady = startSteady();

    for (const name of Object.keys(misdeeds) as Misdeed[]) {
      await t.test(`${name}, in a request and in the middle of a stream`, async (t) => {
        const code = codes[name] ?? /^GW_TRANSLATE_FAILED$/;
        const neighbour = askBad('stream none');
        const refused = await askBad(`request ${name}`);
        t.match(refused, { status: 502, error: /Plugin 'bad'/ }, 'the error names the plugin');
        t.match(refused.headers.get('x-dragoman-error'), code);

        const cut = await askBad(`stream ${name}`);
        if (cut.status === 200) {
          t.match(cut, { finish: 'error', text: /^(one )?$/, error: /Plugin 'bad'/ });
        } else t.match(cut, { status: 502, error: /Plugin 'bad'/ }, 'nothing had been written yet');

        const whole = await askBad(`stream ${name}`, false);
        t.match(whole, { status: 502, error: /Plugin 'bad'/ });
        t.match(
          await neighbour,
          { error: null, text: 'one more end ', finish: 'stop' },
          'another stream of it goes on',
        );
        t.match(
          await askBad('stream none'),
          { error: null, text: 'one more end ', finish: 'stop' },
          'and so do later ones',
        );
      });
    }

    await Promise.all([steady.stop(), pulse.stop()]);
    t.same(steady.failures, [], 'another plugin in the same threads lost nothing');
    t.same(pulse.failures, [], 'and neither did those on the main thread');
    t.comment(
      `${pulse.times.length} other requests: median ${quantile(pulse.times, 0.5).toFixed(1)} ms, ` +
        `99 % below ${quantile(pulse.times, 0.99).toFixed(1)} ms`,
    );
    t.ok(quantile(pulse.times, 0.95) < 250, 'the main thread never waited for a worker');
    t.ok(gateway.isAlive());
    await gateway.stop();
  });
}
