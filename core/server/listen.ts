import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GatewayError } from '../errors/gateway-error.ts';
import { noteContinue } from './awaits-continue.ts';
import { answerMalformed } from './malformed.ts';
import { createServer } from './node-http.ts';
import type { Upgrades } from './upgrade.ts';

export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** No new connections; resolves when the last one is closed. */
  close(): Promise<void>;
  /** Ends what is still open. */
  destroy(): void;
}

/** A client has this long to send its head, then its whole body: half a gigabyte takes a slow line an hour. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 3_600_000;
/** Longer than the 60 s that load balancers keep idle connections, so that it is never us who close first. */
const keepAliveTimeoutMs = 65_000;

/**
 * Starts an http server. Fails with GW_LISTEN_FAILED, which says what to do. `onFault` is told, every ten seconds at most,
 * that a connection could not be taken: too many are open.
 */
export async function listen(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  host: string,
  port: number,
  upgrades?: Upgrades,
  onFault: (error: Error) => void = () => {},
): Promise<Listening> {
  const server = createServer(
    {
      noDelay: true,
      keepAlive: true,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: 1000,
      // An upgrade nobody serves stays a request like any other.
      shouldUpgradeCallback: (request) => upgrades?.isServed(request) === true,
    },
    listener,
  );
  if (upgrades !== undefined) {
    server.on('upgrade', (request, line, head) => upgrades.accept(request, line as Socket, head));
  }
  answerMalformed(server);
  server.on('checkContinue', (request, response) => {
    noteContinue(request, response);
    listener(request, response);
  });
  await bind(server, host, port);
  survive(server, onFault);
  const address = server.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    host: address.address,
    port: address.port,
    url: `http://${shown}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    destroy: () => server.closeAllConnections(),
  };
}

const tellEveryMs = 10_000;

/** An error nobody listens for would end the process, and with it all that is being served. */
function survive(server: Server, onFault: (error: Error) => void): void {
  let toldAt = Number.NEGATIVE_INFINITY;
  server.removeAllListeners('error');
  server.on('error', (error) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    onFault(error);
  });
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new GatewayError('GW_LISTEN_FAILED', { host, port, reason: explain(cause) }, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
}

function explain(cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case 'EADDRINUSE':
      return 'the port is in use; stop what holds it or choose another with --port (0 takes any free one)';
    case 'EACCES':
      return 'that port needs more rights; choose one above 1023 with --port';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address; choose another with --host';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name does not resolve; give an address of this machine with --host';
    default:
      return cause.message;
  }
}
