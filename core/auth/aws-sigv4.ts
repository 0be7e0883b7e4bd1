import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { SignatureV4 } from '@smithy/signature-v4';
import { GatewayError } from '../errors/gateway-error.ts';
import type { AwsCredential } from './credential.ts';
import type { AuthDriver, UpstreamRequest } from './driver.ts';

/**
 * AWS Signature Version 4 over each request: method, path, query, host, content type and body. The service compares with
 * what it receives, so it signs what `send` will put on the wire, and nothing may change afterwards.
 */
export const awsSigV4Driver: AuthDriver<'aws-sigv4'> = {
  type: 'aws-sigv4',
  prepare({ id, service, region }, credential) {
    if (credential.type !== 'aws') {
      const suggestion = `: scheme '${id}' needs accessKeyId and secretAccessKey`;
      throw new GatewayError('GW_CREDENTIAL_MISSING', { provider: credential.provider, suggestion });
    }
    let signer: Promise<SignatureV4> | undefined;
    return {
      headers: {},
      query: {},
      async sign(request, now) {
        signer ??= createSigner(service, region, credential);
        return signWith(await signer, request, now);
      },
    };
  },
};

/** The library is loaded by the first request that is signed. */
async function createSigner(
  service: string,
  region: string,
  credential: AwsCredential,
): Promise<SignatureV4> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { accessKeyId, secretAccessKey, sessionToken } = credential;
  return new SignatureV4({
    service,
    region,
    // The library has no other place for them; they leave it only as a digest, the token as a header.
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken === undefined ? {} : { sessionToken: sessionToken.reveal() }),
    },
    sha256: Sha256,
    // Every service but S3 signs a path that is encoded once more than the one that is sent.
    uriEscapePath: true,
    applyChecksum: false,
  });
}

async function signWith(signer: SignatureV4, request: UpstreamRequest, now: Date): Promise<UpstreamRequest> {
  const { method, origin, path } = request;
  // Text is made bytes once, for the digest and for the wire.
  const body = typeof request.body === 'string' ? Buffer.from(request.body, 'utf8') : request.body;
  const { host, protocol, hostname } = new URL(origin);
  const mark = path.indexOf('?');
  const signed = await signer.sign(
    {
      method,
      protocol,
      hostname,
      path: mark < 0 ? path : path.slice(0, mark),
      query: mark < 0 ? {} : readQuery(path.slice(mark + 1)),
      headers: { ...signable(request.headers), host },
      body: body ?? undefined,
    },
    { signingDate: now },
  );
  const { host: _, ...added } = signed.headers;
  return { ...request, body, headers: { ...request.headers, ...added } };
}

/** What a proxy may change on the way is left out: only these say something to the service. */
function signable(headers: Readonly<Record<string, string>>): Record<string, string> {
  const chosen: Record<string, string> = {};
  for (const name in headers) {
    if (name === 'content-type' || name.startsWith('x-amz')) chosen[name] = headers[name] ?? '';
  }
  return chosen;
}

function readQuery(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = {};
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decodeURIComponent(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decodeURIComponent(pair.slice(equals + 1));
    query[name] = [...(query[name] ?? []), value];
  }
  return query;
}

/** Node's own digest behind the library's interface: bodies with images are megabytes. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', asKey(secret));
  }

  update(piece: Uint8Array): void {
    this.#hash.update(piece);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  /** Asked for by the interface; the library makes a new one instead. */
  reset(): void {
    throw new Error('a digest is used once');
  }
}

function asKey(secret: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof secret === 'string') return secret;
  if (!ArrayBuffer.isView(secret)) return new Uint8Array(secret);
  return new Uint8Array(secret.buffer, secret.byteOffset, secret.byteLength);
}
