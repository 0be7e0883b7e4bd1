import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, PluginManifest, ProviderDeclaration } from '@dragoman/plugin-sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import t from 'tap';

const root = join(import.meta.dirname, '..', '..');
// What somebody dropped in beside them is not ours to judge.
const bundled = JSON.parse(readFileSync(join(root, 'plugins/bundled.json'), 'utf8')) as object;
const manifests = new Map<string, PluginManifest>(
  Object.keys(bundled).map((id) => [
    id,
    JSON.parse(readFileSync(join(root, 'plugins', id, 'plugin.json'), 'utf8')) as PluginManifest,
  ]),
);
const providers = Array.from(manifests.values(), (manifest) => manifest.providers ?? []).flat();

t.test('every manifest is valid against the schema', async (t) => {
  const ajv = new Ajv2020({
    allErrors: true,
    discriminator: true,
    strictRequired: false,
    strictTypes: false,
  });
  ajvFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(join(root, 'schemas', 'plugin.schema.json'), 'utf8')));
  for (const [folder, manifest] of manifests)
    t.ok(validate(manifest), `${folder}: ${ajv.errorsText(validate.errors)}`);
});

t.test(
  'a plugin is named after its folder, and a folder without code holds nothing but the manifest',
  async (t) => {
    for (const [folder, manifest] of manifests) {
      t.equal(manifest.id, folder);
      t.notMatch(manifest.description, /\.$/, `${folder}: no full stop`);
      if (manifest.runtime !== undefined) continue;
      t.same(readdirSync(join(root, 'plugins', folder)), ['plugin.json'], folder);
    }
  },
);

t.test('no two plugins share a provider, a dialect or an environment variable', async (t) => {
  const dialects = Array.from(manifests.values(), (manifest) => manifest.dialects ?? []).flat();
  const lists = {
    providers: providers.map((provider) => provider.id),
    dialects: dialects.map((dialect) => dialect.id),
    variables: providers.flatMap(variablesOf),
  };
  for (const [what, names] of Object.entries(lists)) t.same(names, Array.from(new Set(names)), what);
});

t.test('every provider over HTTP speaks a dialect that a bundled plugin sends', async (t) => {
  const outbound = new Set(
    Array.from(manifests.values(), (manifest) => manifest.dialects ?? [])
      .flat()
      .filter((dialect) => dialect.roles.includes('outbound'))
      .map((dialect) => dialect.id),
  );
  for (const provider of providers) {
    if (provider.transport !== 'local')
      t.ok(outbound.has(provider.dialect ?? ''), `${provider.id}: ${provider.dialect}`);
  }
});

t.test('the hosts asked for are the hosts called, for every value a template can take', async (t) => {
  for (const [folder, manifest] of manifests) {
    const allowed = manifest.permissions?.hosts ?? [];
    const called = (manifest.providers ?? []).flatMap((provider) => provider.baseUrl ?? []);
    const hosts = called.flatMap((url) => expand(url, manifest)).map((url) => new URL(url).host);
    for (const host of hosts)
      t.ok(
        allowed.some((pattern) => covers(pattern, host)),
        `${folder}: ${host} is asked for`,
      );
    for (const pattern of allowed)
      t.ok(
        hosts.some((host) => covers(pattern, host)),
        `${folder}: ${pattern} is called`,
      );
  }
});

t.test('a template in a host cannot name another host', async (t) => {
  for (const [folder, manifest] of manifests) {
    for (const { baseUrl } of manifest.providers ?? []) {
      for (const [, name] of (baseUrl ?? '').matchAll(/\{config\.(\w+)\}/g)) {
        const property = configProperty(manifest, name);
        t.ok(
          property?.enum !== undefined || property?.pattern?.startsWith('^'),
          `${folder}: ${name} is bounded`,
        );
        if (property?.pattern === undefined) continue;
        const pattern = new RegExp(property.pattern);
        for (const hostile of ['a.b', 'a/b', 'a#', 'a?b', 'a@b', 'a:1', 'a\\', '', ' a'])
          t.notMatch(hostile, pattern);
      }
    }
  }
});

t.test('plain HTTP is for this machine alone', async (t) => {
  for (const { id, baseUrl } of providers) {
    if (baseUrl?.startsWith('http:'))
      t.ok(['127.0.0.1', 'localhost', '[::1]'].includes(new URL(baseUrl).hostname), id);
  }
});

t.test('no manifest reads a header that carries a secret', async (t) => {
  const secret = new Set([
    'authorization',
    'cookie',
    'set-cookie',
    'x-api-key',
    'api-key',
    'proxy-authorization',
  ]);
  for (const [folder, { permissions }] of manifests) {
    const headers = [...(permissions?.requestHeaders ?? []), ...(permissions?.responseHeaders ?? [])];
    t.same(
      headers.filter((header) => secret.has(header)),
      [],
      folder,
    );
  }
});

t.test('a path joins its base without a doubled or missing slash', async (t) => {
  for (const { id, baseUrl, endpoints } of providers) {
    t.notMatch(baseUrl ?? '', /\/$/, id);
    for (const endpoint of Object.values(endpoints ?? {})) t.match(endpoint.path, /^\/[^/]/, id);
  }
});

t.test('discovery names an endpoint that lists models', async (t) => {
  for (const { id, endpoints, models } of providers) {
    if (models?.discover === undefined) continue;
    const endpoint = endpoints?.[models.discover.endpoint];
    t.equal(endpoint?.operation, 'list-models', id);
    t.equal(endpoint?.method, 'GET', id);
  }
});

t.test('models are listed once, with figures that can be', async (t) => {
  for (const provider of providers) {
    const list = provider.models?.list ?? [];
    const endpoints = Object.values(provider.endpoints ?? {});
    const passesThrough = endpoints.some(({ operation }) => operation === 'pass-through');
    t.same(
      list.map((model) => model.id),
      Array.from(new Set(list.map((model) => model.id))),
      provider.id,
    );
    for (const model of list) {
      const name = `${provider.id}/${model.id}`;
      t.ok(
        (model.maxOutputTokens ?? 0) <= (model.contextTokens ?? Number.POSITIVE_INFINITY),
        `${name}: output fits`,
      );
      t.ok(
        Object.values(model.price ?? {}).every((price) => price >= 0 && price < 1000),
        `${name}: price`,
      );
      const makesVectors = model.output.includes('embedding');
      // Pictures, sound and judgements come from endpoints that pass through: no feature of a chat is theirs.
      const isOther = !makesVectors && model.features.length === 0 && passesThrough;
      t.equal(makesVectors || isOther, !model.features.includes('stream'), `${name}: vectors or a stream`);
    }
  }
});

t.test('edits of a body do not contradict each other or the options', async (t) => {
  for (const { id, options, quirks } of providers) {
    const { rename = {}, drop = [], clamp = {}, defaults = {} } = quirks?.request ?? {};
    for (const [low = 0, high = 0] of Object.values(clamp)) t.ok(low <= high, `${id}: range ascends`);
    for (const [from, to] of Object.entries(rename)) {
      t.notOk(
        [from, to].some((field) => drop.includes(field)),
        `${id}: ${from} is renamed, not dropped`,
      );
      if (/^max_(completion_)?tokens$/.test(to))
        t.equal(options?.maxTokensField, to, `${id}: one name for the limit`);
    }
    t.same(
      Object.keys(defaults).filter((field) => drop.includes(field)),
      [],
      id,
    );
  }
});

t.test('every option is one that the README of the dialect explains', async (t) => {
  const readme = readFileSync(join(root, 'plugins', 'openai', 'README.md'), 'utf8');
  for (const { id, dialect, options } of providers) {
    if (dialect !== 'openai-chat') continue;
    for (const option of Object.keys(options ?? {})) t.ok(readme.includes(`\`${option}`), `${id}: ${option}`);
  }
});

t.test('notes point at something in their provider', async (t) => {
  for (const provider of providers) {
    for (const [pointer, text] of Object.entries(provider.notes ?? {})) {
      t.not(resolve(provider, pointer), undefined, `${provider.id}: ${pointer}`);
      t.match(text, /\.$/, `${provider.id}: ${pointer} is a sentence`);
    }
  }
});

t.test('limits and prices come with a note that says where they are from', async (t) => {
  for (const { id, transport, models, notes } of providers) {
    const hasFigures = models?.list?.some(
      (model) => model.price !== undefined || model.contextTokens !== undefined,
    );
    if (hasFigures && transport !== 'local')
      t.ok(
        Object.keys(notes ?? {}).some((path) => path.startsWith('/models')),
        id,
      );
  }
});

/** Every address a template can stand for: one for each enum value, one sample for a pattern. */
function expand(url: string, manifest: PluginManifest): string[] {
  const name = /\{config\.(\w+)\}/.exec(url)?.[1];
  if (name === undefined) return [url];
  const values = configProperty(manifest, name)?.enum ?? ['sample'];
  return values.flatMap((value) => expand(url.replaceAll(`{config.${name}}`, value), manifest));
}

/** A template's field, as far as the rules look at it. */
function configProperty(
  manifest: PluginManifest,
  name = '',
): { enum?: string[]; pattern?: string } | undefined {
  const properties = manifest.config?.properties as JsonObject | undefined;
  return properties?.[name] as { enum?: string[]; pattern?: string } | undefined;
}

function variablesOf({ auth }: ProviderDeclaration): string[] {
  return (auth ?? []).flatMap((scheme) => (scheme.type === 'api-key' ? (scheme.env ?? []) : []));
}

function covers(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

function resolve(value: unknown, pointer: string): unknown {
  let place = value;
  for (const token of pointer.split('/').slice(1)) {
    if (typeof place !== 'object' || place === null) return undefined;
    place = (place as Record<string, unknown>)[token.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return place;
}

t.test('whatever passes through has a route of its dialect, which gives all its path asks for', async (t) => {
  const routes = new Map(
    Array.from(manifests.values(), (manifest) => manifest.dialects ?? [])
      .flat()
      .flatMap(({ id, routes = [] }) => routes.map((route) => [`${id} ${route.endpoint}`, route] as const)),
  );
  for (const { id, dialect, endpoints = {} } of providers) {
    for (const [name, { operation, method = 'POST', path }] of Object.entries(endpoints)) {
      if (operation !== 'pass-through' && operation !== 'rerank') continue;
      const route = routes.get(`${dialect} ${name}`);
      t.match(route, { operation, method }, `${id}: ${name}`);
      for (const [mark, parameter] of path.matchAll(/\{path\.(\w+)\}/g)) {
        t.ok(route?.path.includes(`{${parameter}}`), `${id}: ${mark}`);
      }
    }
  }
});

t.test(
  'what a service refuses though its dialect has room for it is marked, and so translated',
  async (t) => {
    for (const { id, dialect, foreignMarks = [], options = {} } of providers) {
      // Mistral has an adapter, through which every request goes.
      if (dialect !== 'openai-chat' || id === 'mistral') continue;
      const marks = [
        ...(options.systemRole === 'system' ? ['"developer"'] : []),
        ...(options.unknownFields === false ? ['"reasoning_content"', '"refusal"', '"annotations"'] : []),
      ];
      for (const mark of marks) t.ok(foreignMarks.includes(mark), `${id}: ${mark}`);
    }
  },
);
