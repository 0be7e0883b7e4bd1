/** Set by the connection or by the gateway; neither the operator, a manifest, a translator nor a client may. */
const reserved: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;

export function isHeaderValue(value: string): boolean {
  return headerValue.test(value);
}

/** Why a request to a provider, or an error of a plugin's, may not carry this header, or null. `name` in lower case. */
export function explainHeader(name: string, value: string): string | null {
  if (!headerName.test(name)) return 'is not a header name';
  if (reserved.has(name)) return 'is set by the gateway';
  return headerValue.test(value) ? null : 'has a value that cannot stand in a header';
}
