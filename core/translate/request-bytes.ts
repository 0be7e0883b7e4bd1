import type { RequestInput } from './runner.ts';

/** What has to be read for a request: its body and the turns it continues. */
export function requestBytes({ body, earlier }: RequestInput): number {
  let bytes = body.byteLength;
  if (earlier !== undefined) {
    for (const { input, reply } of earlier) bytes += input.byteLength + reply.byteLength;
  }
  return bytes;
}
