import type { Credential } from '../auth/credential.ts';
import type { AuthScheme, AuthSchemeOf } from '../auth/driver.ts';
import { isUsableScheme } from '../auth/drivers.ts';
import { parseKey, type Secret } from '../config/secret.ts';
import { GatewayError } from '../errors/gateway-error.ts';

export interface CredentialSource {
  /** Configured name of the provider. */
  provider: string;
  schemes: readonly AuthScheme[];
  /** `providers.<name>.credentials`, in the operator's order. */
  configured: readonly { name: string; key: Secret; scheme?: string }[];
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
  const fromVariable = fromEnvironment(source);
  if (fromVariable !== undefined) return [fromVariable];
  const open = source.schemes.find((scheme) => scheme.type === 'none');
  if (open === undefined) return [];
  return [{ type: 'none', id: 'none', provider: source.provider, scheme: open.id }];
}

/** The first variable of the provider's key schemes that is set and not empty. */
export function keyVariable(
  schemes: readonly AuthScheme[],
  environment: Readonly<Record<string, string | undefined>>,
): { scheme: AuthSchemeOf<'api-key'>; variable: string; value: string } | undefined {
  for (const scheme of schemes) {
    if (scheme.type !== 'api-key') continue;
    for (const variable of scheme.env ?? []) {
      const value = environment[variable];
      if (value !== undefined && value.trim() !== '') return { scheme, variable, value };
    }
  }
  return undefined;
}

function fromEnvironment({ provider, schemes, environment }: CredentialSource): Credential | undefined {
  if (environment === undefined) return undefined;
  const found = keyVariable(schemes, environment);
  if (found === undefined) return undefined;
  const { scheme, variable, value } = found;
  const key = parseKey(value, `environment variable ${variable}`);
  return { type: 'api-key', id: variable, provider, scheme: scheme.id, key };
}

function fromConfig({ provider, schemes, configured }: CredentialSource, index: number): Credential {
  const place = `providers.${provider}.credentials[${index}]`;
  const entry = configured[index];
  if (entry === undefined) throw new GatewayError('GW_CONFIG_INVALID', { file: place, reason: 'is missing' });
  const scheme = findScheme(schemes, entry.scheme, place);
  const key = parseKey(entry.key.reveal(), `${place}.key`);
  return { type: 'api-key', id: entry.name, provider, scheme: scheme.id, key };
}

function findScheme(schemes: readonly AuthScheme[], id: string | undefined, place: string): AuthScheme {
  const usable = schemes.filter((scheme) => scheme.type === 'api-key');
  const named = id === undefined ? usable[0] : schemes.find((scheme) => scheme.id === id);
  if (named !== undefined && named.type === 'api-key') return named;
  const choice = usable.map((scheme) => `'${scheme.id}'`).join(', ');
  throw new GatewayError('GW_CONFIG_INVALID', {
    file: id === undefined ? place : `${place}.scheme`,
    reason: `${schemeFault(named, id)}${choice === '' ? '' : `; keys go with ${choice}`}`,
  });
}

function schemeFault(scheme: AuthScheme | undefined, id: string | undefined): string {
  if (id === undefined) return 'this provider takes no API key';
  if (scheme === undefined) return `this provider has no auth scheme '${id}'`;
  if (!isUsableScheme(scheme))
    return `auth scheme '${id}' is of type ${scheme.type}, which this gateway does not have`;
  return `auth scheme '${id}' takes no API key`;
}
