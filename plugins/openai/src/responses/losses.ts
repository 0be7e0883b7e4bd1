import { type CanonicalRequest, warn } from '@dragoman/plugin-sdk';
import { warnForeign } from './dialect.ts';
import type { ResponsesWriter } from './writer.ts';

/**
 * Tells of every request field the service has no place for. A value that asks for what happens anyway is none: one
 * candidate, no penalty.
 */
export function warnLosses(request: CanonicalRequest, writer: ResponsesWriter): void {
  const { frequencyPenalty, presencePenalty, candidates, modalities, stop } = request;
  const lose = (field: keyof CanonicalRequest): void =>
    warn(writer, 'dropped', `/${field}`, `the service has no counterpart of '${field}' in this API`);
  if (frequencyPenalty !== undefined && frequencyPenalty !== 0) lose('frequencyPenalty');
  if (presencePenalty !== undefined && presencePenalty !== 0) lose('presencePenalty');
  if (request.logitBias !== undefined && Object.keys(request.logitBias).length > 0) lose('logitBias');
  if (request.topK !== undefined) lose('topK');
  if (request.seed !== undefined) lose('seed');
  if (stop !== undefined && stop.length > 0) lose('stop');
  if (candidates !== undefined && candidates > 1)
    warn(writer, 'unsupported', '/candidates', 'this API of the service gives one answer');
  if (modalities?.some((modality) => modality !== 'text'))
    warn(writer, 'unsupported', '/modalities', 'this API of the service answers in text only');
  if (request.audio !== undefined)
    warn(writer, 'unsupported', '/audio', 'this API of the service does not speak');
  warnForeign(writer, request.extensions, '');
}
