import { type CanonicalRequest, warn } from '@dragoman/plugin-sdk';
import { type RequestWriter, warnForeign } from './writer.ts';

const USUAL_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'standard_only']);

/**
 * Tells of every request field the service has no place for. A value that asks for what happens anyway is none: one
 * candidate, nothing stored.
 */
export function warnLosses(request: CanonicalRequest, writer: RequestWriter): void {
  const { candidates, modalities, serviceTier, verbosity } = request;
  if (request.logitBias !== undefined && Object.keys(request.logitBias).length > 0) lose(writer, 'logitBias');
  if (candidates !== undefined && candidates > 1) {
    warn(writer, 'unsupported', '/candidates', 'the service gives one answer');
  }
  if (verbosity !== undefined && verbosity !== 'medium') lose(writer, 'verbosity');
  if (modalities?.some((modality) => modality !== 'text')) {
    warn(writer, 'unsupported', '/modalities', 'the service answers in text only');
  }
  if (request.audio !== undefined) warn(writer, 'unsupported', '/audio', 'the service does not speak');
  if (request.endUser !== undefined) lose(writer, 'endUser');
  if (request.metadata !== undefined && Object.keys(request.metadata).length > 0) lose(writer, 'metadata');
  if (serviceTier !== undefined && !USUAL_TIERS.has(serviceTier)) lose(writer, 'serviceTier');
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
