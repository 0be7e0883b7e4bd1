import { type CanonicalRequest, warn } from '@dragoman/plugin-sdk';
import { type RequestWriter, warnForeign } from './writer.ts';

const USUAL_TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'standard_only']);

/**
 * Tells of every request field the server has no place for. A value that asks for what happens anyway is none: one
 * candidate, nothing stored.
 */
export function warnLosses(request: CanonicalRequest, writer: RequestWriter): void {
  const { candidates, modalities, serviceTier, verbosity } = request;
  if (request.logitBias !== undefined && Object.keys(request.logitBias).length > 0) lose(writer, 'logitBias');
  if (candidates !== undefined && candidates > 1) {
    warn(writer, 'unsupported', '/candidates', 'the server gives one answer');
  }
  if (verbosity !== undefined && verbosity !== 'medium') lose(writer, 'verbosity');
  if (modalities?.some((modality) => modality !== 'text')) {
    warn(writer, 'unsupported', '/modalities', 'what a model answers with cannot be chosen');
  }
  if (request.audio !== undefined) warn(writer, 'unsupported', '/audio', 'the server does not speak');
  if (request.endUser !== undefined) lose(writer, 'endUser');
  if (request.metadata !== undefined && Object.keys(request.metadata).length > 0) lose(writer, 'metadata');
  if (serviceTier !== undefined && !USUAL_TIERS.has(serviceTier)) lose(writer, 'serviceTier');
  if (request.promptCacheKey !== undefined) lose(writer, 'promptCacheKey');
  if (request.store === true) lose(writer, 'store');
  if (request.previousResponseId !== undefined) {
    warn(writer, 'unsupported', '/previousResponseId', 'the server keeps no conversations');
  }
  warnForeign(writer, request.extensions, '');
}

function lose(writer: RequestWriter, field: keyof CanonicalRequest): void {
  warn(writer, 'dropped', `/${field}`, `the server has no counterpart of '${field}'`);
}
