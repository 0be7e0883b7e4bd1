import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as it arrived: the bytes of its request line, its headers and its body. */
export interface SignedRequest {
  method: string;
  /** Path and query, as sent. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}
export interface SigningKeys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
  region: string;
  service: string;
}

const header =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/**
 * Why a service would refuse the signature, or null. Written after AWS's description of Signature Version 4 and not with the
 * library that signs, so that a mistake in how that is used shows.
 */
export function signatureFault(request: SignedRequest, keys: SigningKeys, now = new Date()): string | null {
  const match = header.exec(request.headers.authorization ?? '');
  if (match === null) return 'MissingAuthenticationToken';
  const [, id, day = '', region, service, names = '', signature] = match;
  if (id !== keys.accessKeyId) return 'UnrecognizedClientException';
  if (region !== keys.region) return `Credential should be scoped to a valid region.`;
  if (service !== keys.service) return `Credential should be scoped to correct service: '${keys.service}'.`;
  const date = String(request.headers['x-amz-date']);
  const skew = Math.abs(now.getTime() - parseDate(date));
  if (!date.startsWith(day) || !(skew < 5 * 60_000)) return `Signature expired: ${date}`;
  if (request.headers['x-amz-security-token'] !== keys.sessionToken) return 'The security token is invalid.';
  const signed = names.split(';');
  const needed = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))];
  const missing = needed.find((name) => !signed.includes(name));
  if (missing !== undefined) return `'${missing}' must be a 'SignedHeader'`;
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical(request, signed))].join('\n');
  return hmac(signingKey(keys, day), text).toString('hex') === signature
    ? null
    : 'The request signature we calculated does not match the signature you provided.';
}

function canonical({ method, url, headers, body }: SignedRequest, signed: string[]): string {
  const [path = '', query = ''] = url.split('?', 2);
  // Every segment is encoded once more than it was sent; S3 alone does not do that.
  const segments = path.split('/').map(encode);
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('=', 2));
  const sorted = pairs
    .map(
      ([name = '', value = '']) => `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value))}`,
    )
    .sort();
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`);
  return [method, segments.join('/'), sorted.join('&'), lines.join(''), signed.join(';'), sha256(body)].join(
    '\n',
  );
}

/** Unreserved characters stay, everything else is percent-encoded, in capitals. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signingKey({ secretAccessKey, region, service }: SigningKeys, day: string): Buffer {
  return [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, day));
}

function parseDate(text: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
