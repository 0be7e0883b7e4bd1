import type { Credential } from '../auth/credential.ts';
import type { AuthScheme } from '../auth/driver.ts';
import { isUsableScheme } from '../auth/drivers.ts';
import { parseKey } from '../config/secret.ts';
import type { ConfiguredCredential } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { findInEnvironment } from './environment.ts';

export interface CredentialSource {
  /** Configured name of the provider. */
  provider: string;
  schemes: readonly AuthScheme[];
  /** `providers.<name>.credentials`, in the operator's order. */
  configured: readonly ConfiguredCredential[];
  /**
   * Where a scheme's `env` names are looked up when nothing is configured. Leave it out for plugins that are not
   * bundled: their manifest could name any variable, and send it to a host of their own.
   */
  environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * A provider's credentials in the order they are tried: the configured ones, else the first environment variable
 * that is set, else none when the provider asks for none. Empty: no attempt is possible.
 */
export function resolveCredentials(source: CredentialSource): Credential[] {
  if (source.configured.length > 0) return source.configured.map((_, index) => fromConfig(source, index));
  const { environment, provider, schemes } = source;
  const found = environment === undefined ? undefined : findInEnvironment(schemes, environment);
  if (found !== undefined) return [found.read(provider)];
  const open = schemes.find((scheme) => scheme.type === 'none');
  if (open === undefined) return [];
  return [{ type: 'none', id: 'none', provider, scheme: open.id }];
}

/** A kind of credential that gateway.yaml can hold, and the type of scheme that takes it. */
const kinds = {
  key: { scheme: 'api-key', taken: 'API key', plural: 'keys' },
  aws: { scheme: 'aws-sigv4', taken: 'AWS keys', plural: 'accessKeyId and secretAccessKey' },
} as const;
type Kind = (typeof kinds)[keyof typeof kinds];

function fromConfig({ provider, schemes, configured }: CredentialSource, index: number): Credential {
  const place = `providers.${provider}.credentials[${index}]`;
  const { name, scheme, key, aws } = configured[index] ?? { name: '' };
  if (aws !== undefined) {
    const id = findScheme(schemes, scheme, kinds.aws, place);
    return { type: 'aws', id: name, provider, scheme: id, ...aws };
  }
  if (key === undefined) throw new GatewayError('GW_CONFIG_INVALID', { file: place, reason: 'is missing' });
  const id = findScheme(schemes, scheme, kinds.key, place);
  return { type: 'api-key', id: name, provider, scheme: id, key: parseKey(key.reveal(), `${place}.key`) };
}

function findScheme(
  schemes: readonly AuthScheme[],
  id: string | undefined,
  kind: Kind,
  place: string,
): string {
  const usable = schemes.filter((scheme) => scheme.type === kind.scheme);
  const named = id === undefined ? usable[0] : schemes.find((scheme) => scheme.id === id);
  if (named !== undefined && named.type === kind.scheme) return named.id;
  const choice = usable.map((scheme) => `'${scheme.id}'`).join(', ');
  throw new GatewayError('GW_CONFIG_INVALID', {
    file: id === undefined ? place : `${place}.scheme`,
    reason: `${schemeFault(named, id, kind)}${choice === '' ? '' : `; ${kind.plural} go with ${choice}`}`,
  });
}

function schemeFault(scheme: AuthScheme | undefined, id: string | undefined, { taken }: Kind): string {
  if (id === undefined) return `this provider takes no ${taken}`;
  if (scheme === undefined) return `this provider has no auth scheme '${id}'`;
  if (!isUsableScheme(scheme))
    return `auth scheme '${id}' is of type ${scheme.type}, which this gateway does not have`;
  return `auth scheme '${id}' takes no ${taken}`;
}
