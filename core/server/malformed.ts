import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { GatewayError } from '../errors/gateway-error.ts';
import { plainError } from '../exchange/client-error.ts';
import { STATUS_CODES } from './node-http.ts';

/** What Node's parser says of a request: its code, and the bytes where it stopped. */
type ParserError = Error & { code?: string; rawPacket?: Buffer };

/** The first byte of a TLS connection. */
const tlsHandshake = 0x16;

/** Answers in words what never became a request: Node alone sends a bare status, or closes without a word. */
export function answerMalformed(server: Server): void {
  server.on('clientError', (thrown: ParserError, line) => refuse(line as Socket, explain(thrown)));
  server.on('connect', (_: IncomingMessage, line) => {
    const reason = 'this is not a proxy: give its address to the client as base URL, not as HTTPS_PROXY';
    refuse(line as Socket, invalid(reason));
  });
}

function explain({ code, message, rawPacket }: ParserError): GatewayError {
  if (code === 'HPE_HEADER_OVERFLOW') return new GatewayError('GW_CLIENT_HEADERS_TOO_LARGE');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new GatewayError('GW_CLIENT_TOO_SLOW');
  const isCut = code === 'HPE_INVALID_EOF_STATE';
  const isTls = rawPacket?.[0] === tlsHandshake;
  if (isTls) return invalid('it is TLS, and this port speaks plain HTTP: use http://');
  return invalid(isCut ? 'it broke off before its end' : inWords(message));
}

function invalid(reason: string): GatewayError {
  return new GatewayError('GW_CLIENT_HTTP_INVALID', { reason });
}

function inWords(message: string): string {
  return message.replace(/^Parse Error: /, '').replace(/^./, (first) => first.toLowerCase());
}

/** Only as the first answer of a connection: another may be on its way on one that has served already. */
function refuse(line: Socket, error: GatewayError): void {
  if (!line.writable || line.bytesWritten > 0) {
    line.destroy();
    return;
  }
  const body = plainError(error);
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-dragoman-error: ${error.code}`,
    'connection: close',
  ];
  line.on('error', () => line.destroy());
  line.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => line.destroy());
}
