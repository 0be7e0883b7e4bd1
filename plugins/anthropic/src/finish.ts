import type { Finish, Json } from '@dragoman/plugin-sdk';

const REASONS: Record<string, Finish['reason']> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
  sensitive: 'content-filter',
  model_context_window_exceeded: 'context-length',
};

export function decodeFinish(stopReason: Json | undefined, stopSequence: Json | undefined): Finish {
  const finish: Finish = { reason: 'other' };
  if (typeof stopReason === 'string') {
    finish.reason = REASONS[stopReason] ?? 'other';
    finish.raw = stopReason;
  }
  if (typeof stopSequence === 'string') finish.stopSequence = stopSequence;
  return finish;
}

/**
 * The word for clients. A word of this dialect stays as it was when it still says the same; `tool_use` only when a
 * tool block was really sent, because a client waits for it, and always then, because a client would not look for it.
 */
export function encodeStopReason(
  finish: Finish,
  own: Json | undefined,
  hasCalls: boolean,
  hasRefusal: boolean,
): Json {
  if (own !== undefined) return own;
  if (finish.raw !== undefined && finish.raw !== 'tool_use' && REASONS[finish.raw] === finish.reason)
    return finish.raw;
  switch (finish.reason) {
    case 'stop':
      if (hasCalls) return 'tool_use';
      if (hasRefusal) return 'refusal';
      return finish.stopSequence === undefined ? 'end_turn' : 'stop_sequence';
    case 'tool-calls':
      return hasCalls ? 'tool_use' : 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'refusal':
    case 'content-filter':
      return 'refusal';
    case 'context-length':
      return 'model_context_window_exceeded';
    case 'pause':
      return 'pause_turn';
    case 'error':
    case 'other':
      return hasCalls ? 'tool_use' : 'end_turn';
  }
}

/** True when the hub's word leads back to this stop reason. */
export function isKnownReason(stopReason: Json | undefined): boolean {
  return typeof stopReason === 'string' && stopReason in REASONS;
}
