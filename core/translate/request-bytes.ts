import type { EarlierTurn, RequestInput } from './runner.ts';

/** What has to be read for a request: its body and what is told with it. */
export function requestBytes({ body, earlier, referred }: RequestInput): number {
  let bytes = body.byteLength;
  if (earlier !== undefined) bytes += turnBytes(earlier);
  if (referred !== undefined) bytes += turnBytes(referred);
  return bytes;
}

function turnBytes(turns: readonly EarlierTurn[]): number {
  let bytes = 0;
  for (const { input, reply } of turns) bytes += input.byteLength + reply.byteLength;
  return bytes;
}
