import type { JsonObject } from '@dragoman/plugin-sdk';
import { RefusalSignal } from './refusal.ts';

/** Where a request is checked against: what the service issued, and which extras the caller asked for. */
export interface AnthropicFacts {
  /** Signatures the service takes for its own; null: any. */
  signatures: ReadonlySet<string> | null;
  /** True with an `anthropic-beta` header or `?beta=true`: fields and blocks of betas are let through. */
  beta: boolean;
}

/** Ends the check with an error in Anthropic's shape. */
export function refuseAnthropic(message: string, type = 'invalid_request_error', status = 400): never {
  const body = { type: 'error', error: { type, message }, request_id: 'req_fake' };
  throw new RefusalSignal({ status, body }, message);
}

/** An object of which every key is known. */
export function onlyFields(value: JsonObject, known: readonly string[], path: string): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) refuseAnthropic(`${path}${name}: Extra inputs are not permitted`);
  }
}

/** Of a Claude, as major * 100 + minor; 0 for a model whose name does not tell. */
export function claudeVersion(model: string): number {
  const match = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(model);
  return match === null ? 0 : Number(match[1]) * 100 + Number(match[2] ?? 0);
}
