import {
  type Finish,
  isObject,
  type Json,
  type TranslateContext,
  type UpstreamError,
} from '@dragoman/plugin-sdk';
import { readErrorBody } from './decode-error.ts';
import { DIALECT } from './dialect.ts';

/** What the services call the reasons; `raw` keeps their word. Unknown ones are `other`. */
const REASONS: Record<string, Finish['reason']> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  // Seen at compatible services.
  max_tokens: 'length',
  model_length: 'length',
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool-calls',
  safety: 'content-filter',
  sensitive: 'content-filter',
  error: 'error',
  network_error: 'error',
  insufficient_system_resource: 'error',
};

/** `hasCalls`: the answer called tools. An empty reason says nothing, so the answer itself tells. */
export function decodeFinish(raw: unknown, hasCalls: boolean): Finish {
  if (typeof raw !== 'string') return { reason: hasCalls ? 'tool-calls' : 'other' };
  if (raw === '') return { reason: hasCalls ? 'tool-calls' : 'stop', raw };
  const reason = Object.hasOwn(REASONS, raw) ? REASONS[raw] : undefined;
  return { reason: reason ?? 'other', raw };
}

/**
 * The official word of a reason: clients check it against a closed list. A reply of this dialect has the word it came
 * with, or none.
 */
export function encodeFinish(finish: Finish, isOwn: boolean, functions = false): string | null {
  if (isOwn) return finish.raw ?? null;
  switch (finish.reason) {
    case 'length':
    case 'context-length':
      return 'length';
    case 'tool-calls':
      return functions ? 'function_call' : 'tool_calls';
    case 'content-filter':
    case 'refusal':
      return 'content_filter';
    default:
      return 'stop';
  }
}

/**
 * The failure an answer broke off with, when its finish reason says so: another dialect has no form for it that does not
 * look like success. `error`: what the choice says of it.
 */
export function failureOf(
  { reason, raw }: Finish,
  error: Json | undefined,
  { client }: TranslateContext,
): UpstreamError | undefined {
  if (reason !== 'error' || client.dialect === DIALECT) return undefined;
  if (isObject(error)) return readErrorBody({ error }, undefined);
  return { kind: 'server', message: `the provider broke off its answer: '${raw}'` };
}
