import type { Finish, Json, TranslateContext, UpstreamError } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

const REASONS: Record<string, Finish['reason']> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  MALFORMED_RESPONSE: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  LANGUAGE: 'other',
  IMAGE_OTHER: 'other',
  NO_IMAGE: 'other',
  OTHER: 'other',
};

/** The service stops with STOP after calls too: only the parts tell. */
export function decodeFinish(raw: Json | undefined, hasCalls: boolean): Finish {
  if (typeof raw !== 'string') return { reason: hasCalls ? 'tool-calls' : 'other' };
  const reason = Object.hasOwn(REASONS, raw) ? REASONS[raw] : undefined;
  if (reason === 'stop' && hasCalls) return { reason: 'tool-calls', raw };
  return { reason: reason ?? 'other', raw };
}

/** A prompt that was refused has no answer: the reason stands beside the candidates. */
export function decodeBlock(reason: string): Finish {
  return { reason: 'content-filter', raw: reason };
}

/**
 * A word of the closed list that clients check. A reply of this dialect has the word it came with, or none.
 */
export function encodeFinish(finish: Finish, isOwn: boolean): string | undefined {
  if (isOwn) return finish.raw;
  switch (finish.reason) {
    case 'stop':
    case 'tool-calls':
    case 'pause':
      return 'STOP';
    case 'length':
    case 'context-length':
      return 'MAX_TOKENS';
    case 'content-filter':
    case 'refusal':
      return 'SAFETY';
    case 'error':
    case 'other':
      return 'OTHER';
  }
}

/**
 * The failure an answer broke off with, when its finish reason says so: another dialect has no form for it that does not
 * look like success, and the next try may well succeed. `message`: what the candidate says of it.
 */
export function failureOf(
  { reason, raw }: Finish,
  message: Json | undefined,
  { client }: TranslateContext,
): UpstreamError | undefined {
  if (reason !== 'error' || client.dialect === DIALECT) return undefined;
  const details = typeof message === 'string' && message !== '' ? `: ${message}` : '';
  const error: UpstreamError = {
    kind: 'server',
    message: `the model broke off its answer, ${raw}${details}`,
  };
  if (raw !== undefined) error.code = raw;
  return error;
}
