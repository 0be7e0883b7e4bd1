import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { GatewayError } from '../errors/gateway-error.ts';
import { asGatewayError } from '../errors/upstream-error.ts';
import { clientError } from '../exchange/client-error.ts';
import type { App } from './app.ts';
import { STATUS_CODES } from './node-http.ts';
import { newRequestId } from './request-id.ts';
import { type DialectRoute, matchSocket, routeTable } from './routes.ts';
import { maxBodyBytes, SocketConnection } from './socket.ts';

/** Requests to speak WebSocket, at the paths whose manifest offers it. */
export interface Upgrades {
  /** False: nobody here serves this one, and it is a request like any other. */
  isServed(request: IncomingMessage): boolean;
  /** For the http server's event `upgrade`. */
  accept(request: IncomingMessage, line: Socket, head: Buffer): void;
  /** Connections that wait are closed, the others with their reply. */
  drain(): void;
  /** Ends all of them now. */
  destroy(): void;
}

const maxConnections = 1_000;
/** Without a message for so long a connection is closed. */
const idleAfterMs = 3_600_000;

interface Peer {
  connection: SocketConnection;
  socket: WebSocket;
  line: Socket;
  /** Bytes that went either way when it was last looked at: a peer that moves some is alive. */
  moved: number;
  wasAsked: boolean;
}

export function createUpgrades(app: App): Upgrades {
  const peers = new Set<Peer>();
  let timer: NodeJS.Timeout | null = null;

  /** A peer that went without a word is known by the ping it does not answer. */
  function look(): void {
    for (const peer of peers) {
      const { socket, line, connection } = peer;
      const moved = line.bytesRead + line.bytesWritten - line.writableLength;
      if (peer.wasAsked && moved === peer.moved) {
        socket.terminate();
        continue;
      }
      if (!connection.isBusy && performance.now() - connection.lastUsedAt > idleAfterMs) {
        socket.close(1000, 'idle for too long');
        continue;
      }
      socket.ping();
      peer.wasAsked = true;
      peer.moved = line.bytesRead + line.bytesWritten - line.writableLength;
    }
  }
  function add(peer: Peer): void {
    peers.add(peer);
    const everyMs = app.silence.afterMs === 0 ? 30_000 : app.silence.afterMs;
    timer ??= setInterval(look, everyMs).unref();
    peer.socket.on('close', () => {
      peers.delete(peer);
      if (peers.size > 0 || timer === null) return;
      clearInterval(timer);
      timer = null;
    });
  }

  async function open(request: IncomingMessage, line: Socket, head: Buffer): Promise<void> {
    const { path, query } = split(request);
    const { current } = app.registry;
    const found = matchSocket(routeTable(current), path);
    if (found === undefined)
      throw new GatewayError('GW_SERVER_NO_ROUTE', { reason: `Nothing is at ${path}` });
    if (app.isDraining) throw new GatewayError('GW_SERVER_DRAINING', {}, { retryAfterMs: 1000 });
    if (app.keys.authenticate(request.headers, query) === null)
      throw new GatewayError('GW_CLIENT_UNAUTHENTICATED');
    if (peers.size >= maxConnections)
      throw new GatewayError('GW_SERVER_OVERLOADED', {}, { retryAfterMs: 1000 });
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Packing every event would cost more than it saves, and holds memory for each connection.
      perMessageDeflate: false,
      maxPayload: maxBodyBytes(current),
    });
    server.handleUpgrade(request, line, head, (socket) => {
      const connection = new SocketConnection(app, socket, request, path, query);
      add({ connection, socket, line, moved: 0, wasAsked: false });
      if (app.isDraining) connection.drain();
    });
  }

  async function refuse(thrown: unknown, request: IncomingMessage, line: Socket): Promise<void> {
    const id = newRequestId();
    const error = asGatewayError(thrown, id);
    const { path } = split(request);
    const found: DialectRoute | undefined = matchSocket(routeTable(app.registry.current), path);
    app.services.log.info('refused', { requestId: id, status: error.status, code: error.code, path });
    const { status, headers, body } = await clientError(error, found?.dialect, app.registry.current, id);
    const lines = Object.entries({
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}`);
    line.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${String(body)}`,
    );
  }

  return {
    isServed: (request) =>
      request.headers.upgrade?.toLowerCase() === 'websocket' &&
      matchSocket(routeTable(app.registry.current), split(request).path) !== undefined,
    accept(request, line, head) {
      line.on('error', () => line.destroy());
      open(request, line, head).catch((thrown: unknown) =>
        refuse(thrown, request, line).catch(() => line.destroy()),
      );
    },
    drain() {
      for (const { connection } of peers) connection.drain();
    },
    destroy() {
      for (const { socket } of peers) socket.terminate();
    },
  };
}

function split({ url = '/' }: IncomingMessage): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}
