import type { JsonObject, Message, Part } from '@dragoman/plugin-sdk';
import { DIALECT, makeOwn } from './dialect.ts';
import { decodeDetail } from './reasoning.ts';

/** The fields of a message this reads; what it does not take stays among `rest`. */
export const REASONING_FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details'] as const;

/**
 * Reads earlier or fresh reasoning off a message into parts. `owner` remembers which plain field repeated the details'
 * text, `rest` takes the fields that say something else or nothing.
 */
export function decodeReasoning(
  message: JsonObject,
  parts: Part[],
  owner: Pick<Message, 'extensions'>,
  rest: JsonObject,
  family?: string,
): void {
  const details = message.reasoning_details;
  let text: string | undefined;
  if (Array.isArray(details) && details.length > 0) {
    text = '';
    for (const detail of details) {
      const part = decodeDetail(detail, family);
      parts.push(part);
      if (part.type === 'reasoning') text += part.text;
    }
  } else if (details !== undefined) {
    rest.reasoning_details = details;
  }
  for (const field of ['reasoning_content', 'reasoning'] as const) {
    const value = message[field];
    if (value === undefined) continue;
    if (typeof value === 'string' && value !== '' && text === undefined) {
      text = value;
      parts.push({ type: 'reasoning', text: value, extensions: { [DIALECT]: { $field: field } } });
    } else if (typeof value === 'string' && value === text && value !== '') {
      makeOwn(owner)[`$${field}`] = true;
    } else {
      rest[field] = value;
    }
  }
}
