import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { LoadedProvider } from '../plugins/snapshot.ts';
import type { Finding } from './finding.ts';

const waitMs = 5000;

/** Opens a connection to a provider and closes it again: no request, no key. */
export async function tryReach(provider: LoadedProvider): Promise<Finding> {
  const about = `reaching ${provider.name}`;
  const url = new URL(provider.baseUrl);
  const isTls = url.protocol === 'https:';
  const port = Number(url.port) || (isTls ? 443 : 80);
  // A literal IPv6 address stands in brackets in a URL and without them everywhere else.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const startedAt = performance.now();
  const problem = await new Promise<string | null>((resolve) => {
    const socket = isTls ? connectTls({ host, port, servername: host }) : connect({ host, port });
    socket.setTimeout(waitMs, () => finish(`nothing answered within ${waitMs / 1000} s`));
    socket.once(isTls ? 'secureConnect' : 'connect', () => finish(null));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
    function finish(result: string | null): void {
      socket.destroy();
      resolve(result);
    }
  });
  const address = `${host}:${port}`;
  if (problem === null) {
    return { state: 'good', about, message: `${address} in ${Math.round(performance.now() - startedAt)} ms` };
  }
  const viaProxy = process.env.HTTPS_PROXY || process.env.https_proxy;
  const hint = viaProxy ? '; tried directly, while the gateway itself uses HTTPS_PROXY' : '';
  return { state: viaProxy ? 'note' : 'bad', about, message: `${address}: ${problem}${hint}` };
}
