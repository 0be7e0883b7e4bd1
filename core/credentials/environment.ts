import type { Credential } from '../auth/credential.ts';
import type { AuthScheme } from '../auth/driver.ts';
import { parseKey } from '../config/secret.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** A credential that the environment holds. */
export interface FoundCredential {
  /** The variable that names it. */
  variable: string;
  /** The credential for a provider. Throws GW_CONFIG_INVALID for what cannot be a key. */
  read(provider: string): Credential;
}

/** The first of the provider's schemes whose variables are set and not empty, in the manifest's order. */
export function findInEnvironment(
  schemes: readonly AuthScheme[],
  environment: Variables,
): FoundCredential | undefined {
  for (const scheme of schemes) {
    const found = findForScheme(scheme, environment);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What can be set to turn a provider on: names of variables, those that belong together joined by `and`. */
export function variablesOf(schemes: readonly AuthScheme[]): string[] {
  return schemes.flatMap((scheme) => {
    if (scheme.type === 'api-key') return scheme.env ?? [];
    if (scheme.type !== 'aws-sigv4' || scheme.env === undefined) return [];
    return [`${scheme.env.accessKeyId} and ${scheme.env.secretAccessKey}`];
  });
}

function findForScheme(scheme: AuthScheme, environment: Variables): FoundCredential | undefined {
  const textOf = (variable: string | undefined): string | undefined => {
    const value = variable === undefined ? undefined : environment[variable];
    return value === undefined || value.trim() === '' ? undefined : value;
  };
  if (scheme.type === 'api-key') {
    const variable = scheme.env?.find((name) => textOf(name) !== undefined);
    const value = textOf(variable);
    if (variable === undefined || value === undefined) return undefined;
    const read = (provider: string): Credential => {
      const key = parseKey(value, placeOf(variable));
      return { type: 'api-key', id: variable, provider, scheme: scheme.id, key };
    };
    return { variable, read };
  }
  if (scheme.type !== 'aws-sigv4' || scheme.env === undefined) return undefined;
  const names = scheme.env;
  const id = textOf(names.accessKeyId);
  const secret = textOf(names.secretAccessKey);
  const token = textOf(names.sessionToken);
  // One without the other is a setting for something else.
  if (id === undefined || secret === undefined) return undefined;
  const read = (provider: string): Credential => {
    const credential: Credential = {
      type: 'aws',
      id: names.accessKeyId,
      provider,
      scheme: scheme.id,
      accessKeyId: parseKey(id, placeOf(names.accessKeyId)).reveal(),
      secretAccessKey: parseKey(secret, placeOf(names.secretAccessKey)),
    };
    if (token !== undefined) credential.sessionToken = parseKey(token, placeOf(names.sessionToken ?? ''));
    return credential;
  };
  return { variable: names.accessKeyId, read };
}

function placeOf(variable: string): string {
  return `environment variable ${variable}`;
}
