/** What a client made of a stream's text, whichever dialect it is in. */
export interface StreamEnd {
  /** Error events. */
  errors: number;
  /** The last event is an error. */
  endsInError: boolean;
  /** Says that the answer is complete: `[DONE]` or `message_stop`. */
  isSuccess: boolean;
}

/** Reads how the text of an event stream ended. Frames that were cut are no events. */
export function readEnd(text: string): StreamEnd {
  const kinds = text
    .split(/\r?\n\r?\n/)
    .map(kindOf)
    .filter((kind) => kind !== null);
  return {
    errors: kinds.filter((kind) => kind === 'error').length,
    endsInError: kinds.at(-1) === 'error',
    isSuccess: kinds.includes('done'),
  };
}

function kindOf(frame: string): 'error' | 'done' | 'other' | null {
  const data = frame.match(/^data: ?(.*)$/m)?.[1];
  if (data === undefined) return null;
  if (data === '[DONE]') return 'done';
  let value: { type?: string; error?: unknown };
  try {
    value = JSON.parse(data);
  } catch {
    return null;
  }
  if (value.error !== undefined && value.error !== null) return 'error';
  return value.type === 'message_stop' ? 'done' : 'other';
}
