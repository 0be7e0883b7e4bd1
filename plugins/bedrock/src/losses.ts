import { type CanonicalRequest, warn } from '@dragoman/plugin-sdk';
import { type RequestWriter, warnForeign } from './writer.ts';

/**
 * Tells of every request field the service has no place for. A value that asks for what happens anyway is none: one
 * candidate, nothing stored.
 */
export function warnLosses(request: CanonicalRequest, writer: RequestWriter): void {
  const { candidates, modalities, verbosity } = request;
  if (request.frequencyPenalty !== undefined && request.frequencyPenalty !== 0)
    lose(writer, 'frequencyPenalty');
  if (request.presencePenalty !== undefined && request.presencePenalty !== 0) lose(writer, 'presencePenalty');
  if (request.logitBias !== undefined && Object.keys(request.logitBias).length > 0) lose(writer, 'logitBias');
  if (request.seed !== undefined) lose(writer, 'seed');
  if (request.logprobs !== undefined) lose(writer, 'logprobs');
  if (candidates !== undefined && candidates > 1) {
    warn(writer, 'unsupported', '/candidates', 'the service gives one answer');
  }
  if (verbosity !== undefined && verbosity !== 'medium') lose(writer, 'verbosity');
  if (modalities?.some((modality) => modality !== 'text')) {
    warn(writer, 'unsupported', '/modalities', 'the service answers in text');
  }
  if (request.audio !== undefined) warn(writer, 'unsupported', '/audio', 'the service does not speak');
  if (request.promptCacheKey !== undefined) lose(writer, 'promptCacheKey');
  if (request.store === true) lose(writer, 'store');
  if (request.previousResponseId !== undefined) {
    warn(writer, 'unsupported', '/previousResponseId', 'the service keeps no conversations');
  }
  warnForeign(writer, request.extensions, '');
}

function lose(writer: RequestWriter, field: keyof CanonicalRequest): void {
  warn(writer, 'dropped', `/${field}`, `the service has no counterpart of '${field}'`);
}
