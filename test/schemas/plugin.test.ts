import type { ModelDeclaration, ModelInfo, PluginManifest } from '@dragoman/plugin-sdk';
import t from 'tap';
import { validatePlugin } from '../../core/generated/validate-plugin.js';

const key = {
  id: 'key',
  type: 'api-key' as const,
  place: { in: 'header' as const, name: 'authorization', prefix: 'Bearer ' },
};
const manifest: PluginManifest = {
  apiVersion: '1',
  id: 'acme',
  version: '0.3.1',
  name: 'Acme',
  description: "Acme's own chat protocol",
  engines: { dragoman: '>=1.2.0 <2' },
  runtime: { js: './src/index.ts' },
  dialects: [
    {
      id: 'acme-chat',
      name: 'Acme Chat',
      roles: ['inbound', 'outbound'],
      framing: 'sse',
      marks: ['"usage"'],
      routes: [
        {
          operation: 'chat',
          method: 'POST',
          path: '/v2/{model+}:generate',
          model: 'path.model',
          stream: '/stream',
        },
        { operation: 'chat', method: 'POST', path: '/v2/x', stream: true, when: { header: 'acme-version' } },
        {
          operation: 'chat',
          method: 'POST',
          path: '/v3/x',
          framing: { query: 'alt', values: { sse: 'sse' }, default: 'json-array' },
        },
      ],
    },
  ],
  providers: [
    {
      id: 'acme',
      name: 'Acme',
      dialect: 'acme-chat',
      baseUrl: 'https://{config.region}.acme.example',
      endpoints: { chat: { operation: 'chat', path: '/v2/{model}/generate' } },
      auth: [{ ...key, env: ['ACME_API_KEY'] }],
      quirks: { request: { clamp: { n: [1, 1] } } },
      notes: { '/models/list/0/price': 'not published' },
    },
    { id: 'acme-local', name: 'Acme here', transport: 'local', models: { list: [] } },
  ],
};

/** True when the model of a manifest can be handed to a translator as it is. */
export const modelFits: ModelDeclaration extends ModelInfo ? true : false = true;

function faults(change: (copy: PluginManifest) => void): string[] {
  const copy = structuredClone(manifest);
  change(copy);
  if (validatePlugin(copy)) return [];
  return (validatePlugin.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

t.test('a manifest that uses everything is valid', async (t) => {
  t.same(
    faults(() => {}),
    [],
  );
});

t.test('defaults are filled in, in auth schemes too', async (t) => {
  const copy = structuredClone(manifest);
  const [provider] = copy.providers ?? [];
  if (provider) provider.auth = [{ id: 'key', type: 'api-key', place: { in: 'header', name: 'x-api-key' } }];
  t.ok(validatePlugin(copy));
  t.match(copy.limits, { memoryMb: 64, timeoutMs: 1000, maxStateKb: 64 });
  t.match(copy.providers?.[0], {
    transport: 'http',
    endpoints: { chat: { method: 'POST' } },
    auth: [{ place: { prefix: '' } }],
  });
});

t.test('a mistake is reported at its place', async (t) => {
  const provider = (copy: PluginManifest) => copy.providers?.[0] as unknown as Record<string, unknown>;
  t.match(
    faults((copy) => Object.assign(copy, { id: 'Acme' })),
    [/^\/id must match pattern/],
  );
  t.match(
    faults((copy) => Object.assign(copy, { extra: 1 })),
    [/^ must NOT have additional properties/],
  );
  t.match(
    faults((copy) => delete provider(copy).auth),
    [/^\/providers\/0 must have required property 'auth'/, /else/],
  );
  t.match(
    faults((copy) => Object.assign(provider(copy), { auth: [{ ...key, type: 'magic' }] })),
    [/^\/providers\/0\/auth\/0/],
  );
  t.match(
    faults((copy) => Object.assign(copy.runtime ?? {}, { js: '../x.js' })),
    [/^\/runtime\/js/],
  );
  t.match(
    faults((copy) => Object.assign(copy, { providers: undefined, dialects: undefined })),
    [/./],
  );
});

t.test('a base URL is https, or http to this machine', async (t) => {
  const url = (baseUrl: string) => faults((copy) => Object.assign(copy.providers?.[0] ?? {}, { baseUrl }));
  for (const good of [
    'https://a.example/v1',
    'http://localhost:11434',
    'http://127.0.0.1/v1',
    'http://[::1]:8000/v1',
  ]) {
    t.same(url(good), [], good);
  }
  for (const bad of [
    'http://a.example',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'ftp://a.example',
  ]) {
    t.not(url(bad).length, 0, bad);
  }
});

t.test('a local provider has no address and no credentials', async (t) => {
  const local = (fields: object) => faults((copy) => Object.assign(copy.providers?.[1] ?? {}, fields));
  t.not(local({ baseUrl: 'https://a.example' }).length, 0);
  t.not(local({ auth: [key] }).length, 0);
  t.not(local({ models: undefined }).length, 0);
});
