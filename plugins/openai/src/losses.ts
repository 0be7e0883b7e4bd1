import { type CanonicalRequest, warn } from '@dragoman/plugin-sdk';
import { type RequestWriter, warnForeign } from './writer.ts';

/** Tells of every request field the wire has no place for at all. */
export function warnLosses(request: CanonicalRequest, writer: RequestWriter): void {
  if (request.previousResponseId !== undefined) {
    warn(writer, 'unsupported', '/previousResponseId', 'the service keeps no conversations');
  }
  warnForeign(writer, request.extensions, '');
}
