import type { CanonicalEvent, PartDelta, PartStart } from '@dragoman/plugin-sdk';
import type { Answer } from './answer.ts';
import { splitEvenly, splitWords } from './pieces.ts';

/** Sizes in characters: a few words a delta, and arguments in several deltas even when they are short. */
const textPiece = 16;
const inputPiece = 8;

/** Appends one answer's parts. Indexes count on from `firstIndex`, since no index is used twice in a stream. */
export function appendParts(
  events: CanonicalEvent[],
  parts: Answer['parts'],
  firstIndex: number,
  candidate: number,
): void {
  let index = firstIndex;
  for (const part of parts) {
    events.push(
      candidate === 0
        ? { type: 'part-start', index, part: startOf(part) }
        : { type: 'part-start', index, candidate, part: startOf(part) },
    );
    for (const delta of deltasOf(part)) events.push({ type: 'part-delta', index, delta });
    events.push({ type: 'part-end', index });
    index += 1;
  }
}

function startOf(part: Answer['parts'][number]): PartStart {
  switch (part.type) {
    case 'text':
      return { type: 'text' };
    case 'reasoning':
      return part.summary === true ? { type: 'reasoning', summary: true } : { type: 'reasoning' };
    case 'tool-call': {
      const start = { type: part.type, id: part.id, name: part.name, kind: part.kind } as const;
      return part.namespace === undefined ? start : { ...start, namespace: part.namespace };
    }
  }
}

function deltasOf(part: Answer['parts'][number]): PartDelta[] {
  if (part.type === 'tool-call') {
    return splitEvenly(part.input, inputPiece).map((text) => ({ type: 'tool-input', text }));
  }
  const { type } = part;
  return splitWords(part.text, textPiece).map((text) => ({ type, text }));
}
