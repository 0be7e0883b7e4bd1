import type { CanonicalRequest, TranslateContext } from '@dragoman/plugin-sdk';
import { readOptions, ruleOf } from '../options.ts';
import type { RequestWriter } from '../writer.ts';
import { ownFields } from './dialect.ts';
import { type ResponsesOptions, readResponsesOptions } from './options.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface ResponsesWriter extends RequestWriter {
  responses: ResponsesOptions;
  /** Ids of the calls whose input is free text: their results have a type of their own. */
  customCalls: Set<string>;
  /** Whether the model reasons, as far as is known. */
  reasons: boolean;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): ResponsesWriter {
  const options = readOptions(context);
  const { features, id } = context.model;
  const effort = request.reasoning?.effort;
  const isWanted = request.reasoning !== undefined && effort !== 'none';
  return {
    warnings: [],
    options,
    responses: readResponsesOptions(context),
    isOwn: ownFields(request.extensions) !== undefined,
    family: context.provider.family,
    message: -1,
    part: -1,
    output: -1,
    toolNames: new Map(),
    customTools: new Set(),
    customCalls: new Set(),
    cacheOnMessage: false,
    rule: ruleOf(options, id === '' ? request.model : id),
    mustReason: false,
    reasons: features.length > 0 ? features.includes('reasoning') : isWanted,
  };
}

/** Path of the message or part that is being written. */
export function here({ message, part, output }: ResponsesWriter): string {
  let path = `/messages/${message}`;
  if (part >= 0) path += `/parts/${part}`;
  if (output >= 0) path += `/output/${output}`;
  return path;
}

/** The wire's own limit ("string too long. Expected a string with maximum length 64"). */
export const MAX_CALL_ID = 64;
