import type { Finish, ReasoningPart, TextPart, ToolCallPart } from '@dragoman/plugin-sdk';
import { truncate } from './pieces.ts';
import { charactersPerToken, countPartTokens } from './tokens.ts';

/** Everything the model says to one request, before it is cut into events. */
export interface Answer {
  parts: (ReasoningPart | TextPart | ToolCallPart)[];
  finish: Finish;
}

/** Ends the text at the first stop sequence, as services do: the sequence itself is not part of the answer. */
export function applyStop(answer: Answer, stop: string[]): Answer {
  const parts: Answer['parts'] = [];
  for (const part of answer.parts) {
    const hit = part.type === 'text' ? firstStop(part.text, stop) : undefined;
    if (part.type !== 'text' || hit === undefined) {
      parts.push(part);
      continue;
    }
    if (hit.position > 0) parts.push({ ...part, text: part.text.slice(0, hit.position) });
    return { parts, finish: { reason: 'stop', stopSequence: hit.sequence } };
  }
  return { parts, finish: answer.finish };
}

/** Cuts the answer after so many tokens, reasoning included; a tool call may end in the middle of its arguments. */
export function applyLimit(answer: Answer, maxOutputTokens: number): Answer {
  const parts: Answer['parts'] = [];
  let left = maxOutputTokens;
  for (const part of answer.parts) {
    const cost = countPartTokens(part);
    if (cost > left) {
      const rest = cutPart(part, left);
      if (rest !== undefined) parts.push(rest);
      return { parts, finish: { reason: 'length' } };
    }
    parts.push(part);
    left -= cost;
  }
  return { parts, finish: answer.finish };
}

function firstStop(text: string, stop: string[]): { position: number; sequence: string } | undefined {
  let first: { position: number; sequence: string } | undefined;
  for (const sequence of stop) {
    const position = sequence === '' ? -1 : text.indexOf(sequence);
    if (position >= 0 && (first === undefined || position < first.position)) first = { position, sequence };
  }
  return first;
}

function cutPart(part: Answer['parts'][number], tokens: number): Answer['parts'][number] | undefined {
  if (part.type === 'tool-call') {
    const left = tokens - countPartTokens({ ...part, input: '' });
    return left > 0 ? { ...part, input: truncate(part.input, left * charactersPerToken) } : undefined;
  }
  return tokens > 0 ? { ...part, text: truncate(part.text, tokens * charactersPerToken) } : undefined;
}
