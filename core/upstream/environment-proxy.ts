import { GatewayError } from '../errors/gateway-error.ts';

/** Addresses of proxies; empty where there is none. */
export interface ProxySettings {
  httpProxy?: string;
  httpsProxy?: string;
  noProxy?: string;
}
type Environment = Record<string, string | undefined>;

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or in lower case, which goes first. Throws GW_CONFIG_INVALID for what is no address. */
export function environmentProxy(env: Environment = process.env): ProxySettings {
  return {
    httpProxy: addressIn(env, 'HTTP_PROXY'),
    httpsProxy: addressIn(env, 'HTTPS_PROXY'),
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
  };
}

function addressIn(env: Environment, upper: string): string {
  const lower = upper.toLowerCase();
  const name = env[lower] === undefined ? upper : lower;
  const text = env[name]?.trim() ?? '';
  if (text === '') return '';
  // As curl and others read it.
  const address = text.includes('://') ? text : `http://${text}`;
  if (/^(https?|socks5?):$/.test(URL.parse(address)?.protocol ?? '')) return address;
  const reason = 'it is no address of a proxy, as http://proxy.example:3128 is; correct it or leave it unset';
  throw new GatewayError('GW_CONFIG_INVALID', { file: `the variable ${name}`, reason });
}
