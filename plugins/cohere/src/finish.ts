import type { Finish, Json, UpstreamError } from '@dragoman/plugin-sdk';

const REASONS: Record<string, Finish['reason']> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
  ERROR: 'error',
  ERROR_LIMIT: 'context-length',
  ERROR_TOXIC: 'content-filter',
  TIMEOUT: 'error',
};

export function decodeFinish(reason: Json | undefined): Finish {
  if (typeof reason !== 'string') return { reason: 'other' };
  return { reason: Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? 'other') : 'other', raw: reason };
}

/** The failure an answer broke off with; `said` is what the service says of it. */
export function failureOf({ reason, raw }: Finish, said: Json | undefined): UpstreamError | undefined {
  if (reason !== 'error') return undefined;
  const message = typeof said === 'string' ? said : `The upstream ended with ${raw}`;
  return { kind: raw === 'TIMEOUT' ? 'timeout' : 'server', message };
}
