import { type CanonicalRequest, warn } from '@dragoman/plugin-sdk';
import { type RequestWriter, warnForeign } from './writer.ts';

/**
 * Tells of every request field the service has no place for. A value that asks for what happens anyway is none: nothing
 * stored, medium verbosity.
 */
export function warnLosses(request: CanonicalRequest, writer: RequestWriter): void {
  if (request.logitBias !== undefined && Object.keys(request.logitBias).length > 0) lose(writer, 'logitBias');
  if (request.verbosity !== undefined && request.verbosity !== 'medium') lose(writer, 'verbosity');
  if (request.audio !== undefined) {
    warn(writer, 'dropped', '/audio', 'the voices of this service have other names');
  }
  if (request.endUser !== undefined) lose(writer, 'endUser');
  if (request.metadata !== undefined && Object.keys(request.metadata).length > 0) lose(writer, 'metadata');
  if (request.promptCacheKey !== undefined) lose(writer, 'promptCacheKey');
  if (request.store === true) lose(writer, 'store');
  if (request.previousResponseId !== undefined) {
    warn(writer, 'unsupported', '/previousResponseId', 'the service keeps no conversations');
  }
  if (request.parallelToolCalls === false && (request.tools?.length ?? 0) > 0) {
    warn(writer, 'dropped', '/parallelToolCalls', 'the service cannot be held to one call at a time');
  }
  warnForeign(writer, request.extensions, '');
}

function lose(writer: RequestWriter, field: keyof CanonicalRequest): void {
  warn(writer, 'dropped', `/${field}`, `the service has no counterpart of '${field}'`);
}
