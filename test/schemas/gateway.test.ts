import t from 'tap';
import type { GatewayConfig, GatewaySettings } from '../../core/generated/settings.ts';
import { validateGateway } from '../../core/generated/validate-gateway.js';
import { validateLock } from '../../core/generated/validate-lock.js';

function faults(config: unknown): string[] {
  if (validateGateway(config)) return [];
  return (validateGateway.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

t.test('an empty configuration gets every default', async (t) => {
  const config: unknown = {};
  t.ok(validateGateway(config));
  const expected: GatewaySettings = {
    server: {
      host: '127.0.0.1',
      port: 8317,
      drainSeconds: 30,
      maxBodyMb: 32,
      maxUploadMb: 512,
      maxInFlightMb: 256,
      keepAliveSeconds: 15,
      cors: [],
    },
    plugins: {
      dirs: ['./plugins'],
      mode: 'drop-in',
      trust: {},
      trustedKeys: {},
      requireSignature: false,
      config: {},
      canary: { enabled: true, timeoutMs: 5000 },
      breaker: {
        enabled: true,
        windowSeconds: 30,
        minCalls: 10,
        errorShare: 0.5,
        rollbackSeconds: 600,
        maxKills: 5,
        pauseSeconds: 15,
      },
    },
    keys: [],
    routes: [],
    translation: { inlineBelowKb: 32, loss: 'warn', askUsage: false },
    replies: { keep: true, retentionDays: 30, maxMb: 1024 },
    observe: { metrics: 'keys', bodies: false },
  };
  t.same(config, expected, 'and no providers key: the environment decides then');
});

t.test('a provider gets its defaults', async (t) => {
  const config: GatewayConfig = { providers: { groq: { timeouts: { idleMs: 5 } } } };
  t.ok(validateGateway(config));
  t.match(config.providers?.groq, { enabled: true, retries: 2, timeouts: { connectMs: 10_000, idleMs: 5 } });
});

t.test('a full configuration is valid', async (t) => {
  const config: GatewayConfig = {
    server: { host: '0.0.0.0', port: 0, cors: ['https://app.example'] },
    plugins: { dirs: [], trust: { acme: 'worker' }, config: { acme: { region: 'eu' } } },
    keys: [{ name: 'me', key: 'dgm_0123456789abcdef' }],
    providers: {
      anthropic: {
        baseUrl: 'http://10.0.0.1:8080',
        allowPrivate: true,
        credentials: [{ name: 'main', key: 'k' }],
        models: ['claude-sonnet-4-5', { id: 'own', contextTokens: 8000, price: { inputPerMillion: 0 } }],
        headers: { 'X-Team': 'a' },
      },
      mine: { use: 'openai-compatible', baseUrl: 'https://llm.example/v1' },
    },
    routes: [{ model: 'fast', to: ['groq/llama', 'mine/a/b'] }],
    translation: { loss: 'strict', inlineBelowKb: 0, workers: 2 },
    observe: { metrics: 'open', bodies: true },
  };
  t.same(faults(config), []);
});

t.test('a mistake is reported at its place', async (t) => {
  t.match(faults({ serverr: {} }), [/^ must NOT have additional properties/]);
  t.match(faults({ server: { port: '8317' } }), [/^\/server\/port must be integer/]);
  t.match(faults({ translation: { loss: 'never' } }), [/^\/translation\/loss must be equal to one of/]);
  t.match(faults({ routes: [{ model: 'fast', to: ['llama'] }] }), [/^\/routes\/0\/to\/0 must match pattern/]);
  t.match(faults({ providers: { groq: { apiKey: 'x' } } }), [/^\/providers\/groq must NOT have additional/]);
  t.match(faults({ plugins: { trust: { acme: 'full' } } }), [/^\/plugins\/trust\/acme must be equal/]);
});

t.test('a lock file lists plugins by id with a hash for every file', async (t) => {
  const entry = {
    version: '1.0.0',
    source: './acme',
    files: { 'plugin.json': 'a'.repeat(64) },
    permissions: { hosts: ['acme.example'] },
    trust: 'worker',
  };
  t.ok(validateLock({ lockVersion: 1, plugins: { acme: entry } }), JSON.stringify(validateLock.errors));
  t.notOk(validateLock({ lockVersion: 1, plugins: { acme: { ...entry, files: { 'x.js': 'short' } } } }));
  t.notOk(
    validateLock({ lockVersion: 1, plugins: { acme: { ...entry, files: { '../x.js': 'a'.repeat(64) } } } }),
  );
  t.notOk(
    validateLock({ lockVersion: 1, plugins: { acme: { ...entry, trust: 'signed' } } }),
    'signed needs a key',
  );
  t.notOk(validateLock({ lockVersion: 2, plugins: {} }));
});
