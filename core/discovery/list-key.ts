import { createHash } from 'node:crypto';
import { type Credential, secretsOf } from '../auth/credential.ts';
import type { LoadedProvider } from '../plugins/snapshot.ts';

/** The credential that a provider is asked for its models with; undefined when it cannot be asked. */
export function askingCredential({ discovery, credentials }: LoadedProvider): Credential | undefined {
  return discovery === null ? undefined : credentials.find(({ disabled }) => disabled !== true);
}

/**
 * What a list belongs to: another account, or another address under the same name, may have other models. Of the secret
 * only a salted digest is in it, together with all the rest.
 */
export function listKey({ name, baseUrl }: LoadedProvider, credential: Credential, salt: string): string {
  const { scheme, id } = credential;
  const owner = credential.type === 'aws' ? credential.accessKeyId : '';
  const secrets = secretsOf(credential).map((secret) => secret.reveal());
  const parts = JSON.stringify([salt, name, baseUrl, scheme, id, owner, secrets]);
  return createHash('sha256').update(parts).digest('hex');
}
