const types: Record<string, string> = {
  sse: 'text/event-stream; charset=utf-8',
  ndjson: 'application/x-ndjson',
  'json-array': 'application/json',
};

/** Head of a streamed reply in a client's framing. */
export function streamHeaders(framing: string): Record<string, string> {
  return {
    'content-type': types[framing] ?? 'application/json',
    'cache-control': 'no-store',
    // nginx would otherwise collect the stream before it passes any of it on.
    'x-accel-buffering': 'no',
  };
}
