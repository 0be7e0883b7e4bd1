import type { JsonObject } from '@dragoman/plugin-sdk';
import type { PreparedAuth } from '../auth/driver.ts';
import { explainHeader, isHeaderValue } from '../config/header-rules.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { version } from '../version.ts';
import { fillTemplate } from './template.ts';

export interface HeaderSources {
  /** The manifest's, which may hold templates. */
  endpoint: Readonly<Record<string, string>>;
  /** `providers.<name>.headers`. */
  operator: Readonly<Record<string, string>>;
  auth: PreparedAuth;
  config: JsonObject;
  /** Configured name of the provider. */
  name: string;
}

/** The headers of every request: ours, then the endpoint's, the operator's and the credential's, later ones winning. */
export function baseHeaders({
  endpoint,
  operator,
  auth,
  config,
  name,
}: HeaderSources): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    'user-agent': `dragoman/${version}`,
  };
  for (const [key, template] of Object.entries(endpoint)) {
    set(headers, key, fillTemplate(template, config, 'header', name), `provider ${name}`);
  }
  for (const [key, value] of Object.entries(operator)) set(headers, key, value, `providers.${name}.headers`);
  for (const [key, value] of Object.entries(auth.headers)) headers[key] = value;
  return headers;
}

function set(headers: Record<string, string>, name: string, value: string, place: string): void {
  const key = name.toLowerCase();
  const fault = explainHeader(key, value);
  if (fault !== null)
    throw new GatewayError('GW_CONFIG_INVALID', { file: place, reason: `'${name}' ${fault}` });
  headers[key] = value;
}

/**
 * The base with a single request's own headers over it: those that are `fixed` (the operator's and the credential's),
 * reserved or not well formed are left out, and the name of the client's program. Without any, the very object: no copy per request.
 */
export function mergeHeaders(
  base: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> | undefined,
  fixed: ReadonlySet<string>,
  contentType: string | undefined,
): Readonly<Record<string, string>> {
  let headers = base;
  const put = (key: string, value: string): void => {
    if (headers === base) headers = { ...base };
    (headers as Record<string, string>)[key] = value;
  };
  if (contentType !== undefined && isHeaderValue(contentType)) put('content-type', contentType);
  for (const name in own) {
    const key = name.toLowerCase();
    const value = own[name] ?? '';
    // Which program asks is for the translators; upstream it is always the gateway that asks.
    if (key === 'user-agent' || fixed.has(key)) continue;
    if (explainHeader(key, value) === null) put(key, value);
  }
  return headers;
}
