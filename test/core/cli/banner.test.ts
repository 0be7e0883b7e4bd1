import t from 'tap';
import { describeStart, type Started } from '../../../core/cli/banner.ts';

const started: Started = {
  url: 'http://127.0.0.1:8317',
  newKey: null,
  hasEnvironmentKey: true,
  providers: [
    { name: 'anthropic', reason: 'ANTHROPIC_API_KEY' },
    { name: 'offline', reason: 'always on' },
  ],
  troubled: [],
  dataDir: '/srv/.dragoman',
};

t.test('it says where, what is on and why', async (t) => {
  const text = describeStart(started);
  t.match(text, 'http://127.0.0.1:8317');
  t.match(text, 'On: anthropic (ANTHROPIC_API_KEY), offline (always on)');
});

t.test('a new key is in its own line and in the curl line', async (t) => {
  const text = describeStart({ ...started, newKey: 'dgm_new' });
  t.match(text, /^Your key: dgm_new$/m);
  t.match(text, /^curl .*Bearer dgm_new".*"model":"offline\/chat","stream":true/m);
});

t.test('later the curl line takes the key from the variable', async (t) => {
  const text = describeStart(started);
  t.match(text, 'Bearer $DRAGOMAN_KEY"');
  t.notMatch(text, 'dragoman keys add');
  t.match(describeStart({ ...started, hasEnvironmentKey: false }), 'dragoman keys add');
});

t.test('an address to listen on everywhere becomes one to connect to', async (t) => {
  t.match(describeStart({ ...started, url: 'http://0.0.0.0:80' }), 'curl -N http://127.0.0.1:80/v1');
  t.match(describeStart({ ...started, url: 'http://[::]:80' }), 'curl -N http://localhost:80/v1');
});

t.test('plugins in trouble are named', async (t) => {
  const text = describeStart({ ...started, troubled: [{ id: 'mine', state: 'untrusted' }] });
  t.match(text, 'mine (untrusted); see dragoman plugins');
});
