import type { Secret } from '../config/secret.ts';

interface CredentialBase {
  /** Unique within its provider: the name in `gateway.yaml`, or the environment variable it came from. */
  id: string;
  /** Configured name of the provider it belongs to. */
  provider: string;
  /** Id of the auth scheme of the manifest it is for. */
  scheme: string;
  label?: string;
  /** Kept, but not used for any attempt. */
  disabled?: boolean;
}

/** What the gateway shows a provider to be let in. */
export type Credential = CredentialBase & ({ type: 'none' } | { type: 'api-key'; key: Secret } | AwsKeys);
export type AwsCredential = Extract<Credential, { type: 'aws' }>;

/** The keys of an AWS account or role. */
interface AwsKeys {
  type: 'aws';
  /** Names the secret; goes over the wire and into logs of the service. */
  accessKeyId: string;
  secretAccessKey: Secret;
  /** Comes with temporary keys. */
  sessionToken?: Secret;
}

/** Everything in a credential that must not be shown. */
export function secretsOf(credential: Credential): Secret[] {
  switch (credential.type) {
    case 'none':
      return [];
    case 'api-key':
      return [credential.key];
    case 'aws': {
      const { secretAccessKey, sessionToken } = credential;
      return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
    }
    default:
      return credential satisfies never;
  }
}
