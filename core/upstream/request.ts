import type { JsonObject, ProviderDeclaration } from '@dragoman/plugin-sdk';
import type { PreparedAuth, UpstreamRequest } from '../auth/driver.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { checkTarget } from './egress.ts';
import { baseHeaders, mergeHeaders } from './request-headers.ts';
import { compileTemplate, fillModel, fillParameters, isDots, type ModelTemplate } from './template.ts';

export type { UpstreamRequest } from '../auth/driver.ts';

/** One endpoint of a provider's manifest. */
export type Endpoint = NonNullable<ProviderDeclaration['endpoints']>[string];

/** What of a configured provider its requests need; a LoadedProvider is one. */
export interface RequestTarget {
  /** Configured name. */
  readonly name: string;
  /** With its templates filled in. */
  readonly baseUrl: string;
  readonly allowPrivate: boolean;
  readonly hosts: readonly string[];
  /** The operator's own, over the endpoint's; never over the credential's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly config: JsonObject;
}

export interface RequestParts {
  /** The upstream's id of the model, or of the reply that is asked for; '' where the endpoint has neither. */
  model: string;
  stream: boolean;
  body: Uint8Array | string | null;
  /** Default for a body: `application/json`. */
  contentType?: string;
  /** Of this request alone: from the dialect's encoder, or the client's in pass-through. */
  headers?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  /** What stands for `{path.NAME}` in the endpoint's path. */
  path?: Readonly<Record<string, string>>;
}

/** All of a request that is the same for one provider, endpoint and credential. Keep it: `build` only concatenates. */
export interface PreparedEndpoint {
  readonly origin: string;
  build(parts: RequestParts): UpstreamRequest;
  /** Of a scheme that signs: what `build` gave must go through it, as the last thing before it is sent. */
  readonly sign?: PreparedAuth['sign'];
}

/** Throws GW_UPSTREAM_REFUSED_HOST and GW_CONFIG_INVALID: a provider that may not be reached fails before a request. */
export function prepareEndpoint(
  target: RequestTarget,
  endpoint: Endpoint,
  auth: PreparedAuth,
): PreparedEndpoint {
  const url = parseBaseUrl(target);
  const { name, hosts, allowPrivate, config } = target;
  checkTarget(url, { provider: name, hosts, allowPrivate });
  const unary = compilePath(target, url, endpoint.path, endpoint.query ?? {});
  const stream = compilePath(target, url, endpoint.streamPath ?? endpoint.path, {
    ...endpoint.query,
    ...endpoint.streamQuery,
  });
  const method = endpoint.method ?? 'POST';
  const withBody = baseHeaders({
    endpoint: endpoint.headers ?? {},
    operator: target.headers,
    auth,
    config,
    name,
  });
  const { 'content-type': _, ...withoutBody } = withBody;
  const fixed = new Set([...Object.keys(target.headers), ...Object.keys(auth.headers)].map(lower));
  const authQuery = formatQuery(auth.query);
  const { origin } = url;

  return {
    origin,
    ...(auth.sign === undefined ? {} : { sign: auth.sign }),
    build(parts) {
      const { model, body } = parts;
      const path = parts.stream ? stream : unary;
      if (path.hasModel && isDots(model)) {
        throw new GatewayError('GW_ROUTE_NO_MODEL', { model, suggestion: '' });
      }
      const query = parts.query === undefined ? '' : formatQuery(parts.query, path.taken, auth.query);
      const headers = body === null ? withoutBody : withBody;
      return {
        method,
        origin,
        path: joinPath(fillParameters(fillModel(path.template, model), parts.path), query, authQuery),
        headers: mergeHeaders(headers, parts.headers, fixed, parts.contentType),
        body,
      };
    },
  };

  function lower(header: string): string {
    return header.toLowerCase();
  }
}

function parseBaseUrl({ name, baseUrl }: RequestTarget): URL {
  try {
    return new URL(baseUrl);
  } catch {
    // A URL can hold a password: the message does not repeat it.
    throw new GatewayError('GW_CONFIG_INVALID', {
      file: `providers.${name}.baseUrl`,
      reason: 'it is not a URL',
    });
  }
}

interface CompiledPath {
  template: ModelTemplate;
  hasModel: boolean;
  /** Query names a single request cannot set. */
  taken: ReadonlySet<string>;
}

/** Base path, path and query in one template; a query of the base URL stays, the endpoint's goes over it. */
function compilePath(
  { config, name }: RequestTarget,
  url: URL,
  path: string,
  endpointQuery: Readonly<Record<string, string>>,
): CompiledPath {
  const basePath = url.pathname.replace(/\/+$/, '');
  const query = new Map<string, ModelTemplate>();
  for (const [key, value] of url.searchParams) query.set(key, [encodeURIComponent(value)]);
  for (const [key, value] of Object.entries(endpointQuery)) {
    query.set(key, compileTemplate(encodeLiteral(value), config, 'query', name));
  }
  let template: string[] = [...compileTemplate(basePath + path, config, 'path', name)];
  const hasModel = template.length > 1;
  let separator = path.includes('?') ? '&' : '?';
  for (const [key, value] of query) {
    const [first = '', ...rest] = value;
    const last = template.pop() ?? '';
    template = [...template, `${last}${separator}${encodeURIComponent(key)}=${first}`, ...rest];
    separator = '&';
  }
  return { template, hasModel, taken: new Set(query.keys()) };
}

/** Percent-encodes the literal text of a query template, leaving its marks. */
function encodeLiteral(template: string): string {
  return template
    .split(/(\{(?:model|response|config\.[\w-]+)\})/)
    .map((piece, index) => (index % 2 === 1 ? piece : encodeURIComponent(piece)))
    .join('');
}

function formatQuery(
  query: Readonly<Record<string, string>>,
  taken: ReadonlySet<string> = new Set(),
  secret: Readonly<Record<string, string>> = {},
): string {
  let text = '';
  for (const [name, value] of Object.entries(query)) {
    if (taken.has(name) || Object.hasOwn(secret, name)) continue;
    text += `${text === '' ? '' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`;
  }
  return text;
}

function joinPath(path: string, query: string, authQuery: string): string {
  if (query === '' && authQuery === '') return path;
  const separator = path.includes('?') ? '&' : '?';
  return `${path}${separator}${query}${query !== '' && authQuery !== '' ? '&' : ''}${authQuery}`;
}
