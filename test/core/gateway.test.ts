import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/observe/log.ts';
import core from '../../core/package.json' with { type: 'json' };
import { version } from '../../core/version.ts';
import sdk from '../../plugin-sdk/package.json' with { type: 'json' };

const env = { DRAGOMAN_KEY: 'a-key-for-tests-0123456789' };

t.test('a gateway that is stopped right after its start lets go of everything', async (t) => {
  const gateway = await createGateway({ cwd: t.testdir(), port: 0, env, log: silentLog });
  const { url } = await gateway.start();
  await gateway.stop();
  await t.rejects(fetch(`${url}/healthz`), 'nobody listens');
});

t.test('stopping twice is stopping once', async (t) => {
  const gateway = await createGateway({ cwd: t.testdir(), port: 0, env, log: silentLog });
  await gateway.start();
  await Promise.all([gateway.stop(), gateway.stop()]);
  t.pass();
});

t.test('a gateway that could not be made follows no folders', async (t) => {
  const making = createGateway({ cwd: t.testdir(), env: { DRAGOMAN_KEY: 'short' }, log: silentLog });
  await t.rejects(making, { code: 'GW_CONFIG_INVALID' });
  // By itself a gateway begins to after a second.
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  t.notOk(process.getActiveResourcesInfo().includes('FSEventWrap'));
});

t.test('what is on is told with its reason', async (t) => {
  const gateway = await createGateway({
    cwd: t.testdir(),
    env: { ...env, ANTHROPIC_API_KEY: 'sk-ant-real-looking-0123456789' },
    log: silentLog,
  });
  t.teardown(() => gateway.stop());
  t.match(gateway.providers(), [
    { name: 'anthropic', reason: 'ANTHROPIC_API_KEY' },
    { name: 'offline', reason: 'always on' },
  ]);
});

t.test('the version is that of both packages', async (t) => {
  t.equal(core.version, version);
  t.equal(sdk.version, version);
});
