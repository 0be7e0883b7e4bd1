/** Head of a streamed reply in a client's framing. */
export function streamHeaders(framing: string): Record<string, string> {
  return framing === 'ndjson'
    ? { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }
    : {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // nginx would otherwise collect the stream before it passes any of it on.
        'x-accel-buffering': 'no',
      };
}
