import type { Readable } from 'node:stream';
import type { ProviderDeclaration } from '@dragoman/plugin-sdk';
import type { Credential } from './credential.ts';

/** One entry of a provider's `auth` list in its manifest. */
export type AuthScheme = NonNullable<ProviderDeclaration['auth']>[number];
export type AuthSchemeOf<Type extends AuthScheme['type']> = Extract<AuthScheme, { type: Type }>;

/** One HTTP request to a provider. Built by upstream/request.ts, sent by upstream/send.ts. */
export interface UpstreamRequest {
  readonly method: string;
  /** Scheme, host and port: `https://api.openai.com`. */
  readonly origin: string;
  /** Path and query, percent-encoded. */
  readonly path: string;
  /** Names in lower case. Holds the credential: never log it. */
  readonly headers: Readonly<Record<string, string>>;
  /** A string is sent as UTF-8. */
  readonly body: Uint8Array | string | null;
  /** In place of `body`: sent as it comes, and only once. */
  readonly stream?: BodyStream;
}

/** A body on its way from the client. */
export interface BodyStream extends Readable {
  /** Set by who sends it: called with every piece. */
  onProgress: (() => void) | null;
}

/** What a scheme adds to every request made with one credential. Holds it in the clear: never log it. */
export interface PreparedAuth {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /**
   * For a scheme whose proof depends on the request: gives the request with the proof in it. To be called last, for every
   * try anew: the proof holds the time.
   */
  readonly sign?: (request: UpstreamRequest, now: Date) => Promise<UpstreamRequest>;
}

/** One authentication scheme. Templates of the scheme have been filled in. */
export interface AuthDriver<Type extends AuthScheme['type'] = AuthScheme['type']> {
  readonly type: Type;
  prepare(scheme: AuthSchemeOf<Type>, credential: Credential): PreparedAuth;
}
