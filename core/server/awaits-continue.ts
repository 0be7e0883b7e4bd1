import type { IncomingMessage, ServerResponse } from 'node:http';

const waiting = new WeakMap<IncomingMessage, ServerResponse>();

/** For the event `checkContinue` of our own server: the client keeps its body back until it is told to send it. */
export function noteContinue(request: IncomingMessage, response: ServerResponse): void {
  waiting.set(request, response);
}

/**
 * Now is the time: the key is good and the size is allowed. In a server of somebody else Node has told the client already.
 */
export function tellContinue(request: IncomingMessage): void {
  if (request.headers.expect === undefined) return;
  waiting.get(request)?.writeContinue();
  waiting.delete(request);
}

/** The client has its body still, and was not told to send it. */
export function isKeptBack(request: IncomingMessage): boolean {
  return waiting.has(request);
}
