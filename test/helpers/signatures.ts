import type { ServerResponse } from 'node:http';
import { recordings } from './corpus.ts';

const marks = /"(?:signature|data|thoughtSignature|encrypted_content)":"((?:[^"\\]|\\.)+)"/g;

/**
 * Notes every reasoning signature of an answer when it ends: the service accepts those back, and no other. Wraps the
 * two methods answers are written with.
 */
export function collectSignatures(response: ServerResponse, signatures: Set<string>): void {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };
  const note = (): void => {
    for (const signature of signaturesIn(Buffer.concat(chunks.splice(0)).toString()))
      signatures.add(signature);
  };
  const write = response.write.bind(response) as (...values: unknown[]) => boolean;
  const end = response.end.bind(response) as (...values: unknown[]) => ServerResponse;
  response.write = ((...values: unknown[]) => {
    keep(values[0]);
    return write(...values);
  }) as typeof response.write;
  response.end = ((...values: unknown[]) => {
    keep(values[0]);
    note();
    return end(...values);
  }) as typeof response.end;
  response.once('close', note);
}

export function signaturesIn(text: string): string[] {
  return [...text.matchAll(marks)].map((match) => JSON.parse(`"${match[1]}"`) as string);
}

/** Every signature of the recorded traffic of Anthropic, in answers and in what clients sent back. */
export function recordedSignatures(): string[] {
  return recordings('anthropic').flatMap(({ request, response }) => {
    const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
    return [...signaturesIn(body), ...signaturesIn(JSON.stringify(request?.body ?? null))];
  });
}
