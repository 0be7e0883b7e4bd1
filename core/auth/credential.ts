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
export type Credential = CredentialBase & ({ type: 'none' } | { type: 'api-key'; key: Secret });
export type ApiKeyCredential = Extract<Credential, { type: 'api-key' }>;
