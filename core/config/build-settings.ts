import { resolve } from 'node:path';
import type { JsonObject } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { explainHeader } from './header-rules.ts';
import type { Path } from './positions.ts';
import { parseKey, Secret } from './secret.ts';
import type { ConfiguredCredential, GatewaySettings, LossMode, ProviderSettings } from './settings.ts';

/** `gateway.yaml` after its schema filled in the defaults. */
export interface ValidConfig {
  server: GatewaySettings['server'];
  plugins: GatewaySettings['plugins'];
  keys: { name: string; key: string }[];
  providers?: Record<string, ValidProvider>;
  routes: { model: string; to: string[] }[];
  translation: { inlineBelowKb: number; loss: LossMode; askUsage: boolean; workers?: number };
  replies: GatewaySettings['replies'];
  observe: GatewaySettings['observe'];
}
type ValidProvider = Omit<ProviderSettings, 'use' | 'credentials'> & {
  use?: string;
  credentials: ValidCredential[];
};
interface ValidCredential {
  name: string;
  scheme?: string;
  key?: string;
  accessKeyId?: string;
  secretAccessKey?: string;
  sessionToken?: string;
}
export interface SettingsFault {
  path: Path;
  part: 'key' | 'value';
  message: string;
}

/** Checks what a schema cannot say, and wraps every secret. `directory` is what relative paths are relative to. */
export function buildSettings(
  config: ValidConfig,
  directory: string,
): { settings: GatewaySettings; faults: SettingsFault[] } {
  const faults: SettingsFault[] = [];
  const secret = (text: string, path: Path): Secret => {
    try {
      return parseKey(text, path.join('.'));
    } catch (error) {
      const reason = GatewayError.is(error) ? String(error.details.reason) : 'the key is not valid';
      faults.push({ path, part: 'value', message: reason });
      return new Secret('');
    }
  };
  const keys = config.keys.map(({ name, key }, index) => ({
    name,
    key: secret(key, ['keys', index, 'key']),
  }));
  const providers =
    config.providers === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(config.providers).map(([name, provider]) => [
            name,
            buildProvider(name, provider, secret, faults),
          ]),
        );
  unique(config.keys, 'name', ['keys'], faults);
  unique(config.routes, 'model', ['routes'], faults);
  for (const [index, { key }] of keys.entries()) {
    const other = keys.findIndex((each) => each.key.reveal() === key.reveal() && key.reveal() !== '');
    if (other < 0 || other === index) continue;
    const message = `is also the key of '${keys[other]?.name}': whose requests are whose could not be told`;
    faults.push({ path: ['keys', index, 'key'], part: 'value', message });
  }
  for (const [index, origin] of config.server.cors.entries()) {
    if (isOrigin(origin)) continue;
    const message =
      "is no origin: it is 'https://' and a host in lower case, with a port if any, and nothing after it";
    faults.push({ path: ['server', 'cors', index], part: 'value', message });
  }
  const plugins = {
    ...config.plugins,
    dirs: config.plugins.dirs.map((dir) => resolve(directory, dir)),
    trust: byName(config.plugins.trust),
    trustedKeys: byName(config.plugins.trustedKeys),
    config: byName(config.plugins.config),
  };
  const { server, routes, translation, replies, observe } = config;
  return { settings: { server, plugins, keys, providers, routes, translation, replies, observe }, faults };
}

/** As browsers send it, or nothing would ever match. */
function isOrigin(text: string): boolean {
  return text === '*' || text === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\sA-Z]+$/.test(text);
}

/** A plugin may be called `constructor`: what nobody wrote must not be found. */
function byName<Value>(entries: Record<string, Value>): Record<string, Value> {
  return Object.assign(Object.create(null), entries);
}

function buildProvider(
  name: string,
  provider: ValidProvider,
  secret: (text: string, path: Path) => Secret,
  faults: SettingsFault[],
): ProviderSettings {
  const at: Path = ['providers', name];
  unique(provider.credentials, 'name', [...at, 'credentials'], faults);
  const credentials = provider.credentials.map((credential, index) =>
    buildCredential(credential, [...at, 'credentials', index], secret),
  );
  const fault = provider.baseUrl === undefined ? undefined : explainBaseUrl(provider.baseUrl);
  if (fault !== undefined) faults.push({ path: [...at, 'baseUrl'], part: 'value', message: fault });
  for (const [header, value] of Object.entries(provider.headers)) {
    const why = explainHeader(header.toLowerCase(), value);
    if (why !== null) faults.push({ path: [...at, 'headers', header], part: 'key', message: why });
  }
  return { ...provider, use: provider.use ?? name, credentials };
}

/** The schema has seen to it that all of what one kind needs is there, and nothing of the other. */
function buildCredential(
  { name, scheme, key, accessKeyId, secretAccessKey, sessionToken }: ValidCredential,
  at: Path,
  secret: (text: string, path: Path) => Secret,
): ConfiguredCredential {
  const credential: ConfiguredCredential = scheme === undefined ? { name } : { name, scheme };
  if (key !== undefined) credential.key = secret(key, [...at, 'key']);
  if (accessKeyId === undefined || secretAccessKey === undefined) return credential;
  credential.aws = {
    accessKeyId: secret(accessKeyId, [...at, 'accessKeyId']).reveal(),
    secretAccessKey: secret(secretAccessKey, [...at, 'secretAccessKey']),
  };
  if (sessionToken !== undefined) credential.aws.sessionToken = secret(sessionToken, [...at, 'sessionToken']);
  return credential;
}

function explainBaseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is not a valid address';
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user or a password: use credentials';
  if (url.hash !== '') return 'must not have a fragment (#)';
  return url.search === '' ? undefined : 'must not have a query (?)';
}

function unique(items: JsonObject[] | object[], field: string, at: Path, faults: SettingsFault[]): void {
  const seen = new Set<unknown>();
  for (const [index, item] of items.entries()) {
    const value = (item as Record<string, unknown>)[field];
    if (seen.has(value)) {
      const path = [...at, index, field];
      faults.push({ path, part: 'value', message: `'${String(value)}' is used twice` });
    }
    seen.add(value);
  }
}
