import type { CanonicalEvent, Finish, PartStart, Usage } from '@dragoman/plugin-sdk';

export interface FoldedPart {
  start: PartStart;
  candidate: number;
  deltas: string[];
  text: string;
}
export interface Folded {
  parts: FoldedPart[];
  finish: Finish;
  finishes: Finish[];
  usage: Usage;
}

/** Reads events strictly: every breach of the stream grammar throws. */
export function foldStrictly(events: CanonicalEvent[]): Folded {
  const parts = new Map<number, FoldedPart>();
  const ended = new Set<number>();
  const folded: Folded = { parts: [], finish: { reason: 'other' }, finishes: [], usage: {} };
  events.forEach((event, position) => {
    if ((event.type === 'response-start') !== (position === 0))
      throw new Error('response-start comes first, once');
    if ((event.type === 'response-end') !== (position === events.length - 1))
      throw new Error('one end, at the end');
    switch (event.type) {
      case 'part-start': {
        if (parts.has(event.index)) throw new Error(`index ${event.index} used twice`);
        const part = { start: event.part, candidate: event.candidate ?? 0, deltas: [], text: '' };
        parts.set(event.index, part);
        folded.parts.push(part);
        break;
      }
      case 'part-delta': {
        const part = parts.get(event.index);
        if (part === undefined || ended.has(event.index)) throw new Error(`no open part ${event.index}`);
        if (!('text' in event.delta)) throw new Error(`unexpected delta ${event.delta.type}`);
        if ((event.delta.type === 'tool-input') !== (part.start.type === 'tool-call'))
          throw new Error('wrong delta');
        part.deltas.push(event.delta.text);
        part.text += event.delta.text;
        break;
      }
      case 'part-end':
        if (!parts.has(event.index) || ended.has(event.index)) throw new Error(`no open part ${event.index}`);
        ended.add(event.index);
        break;
      case 'usage':
        Object.assign(folded.usage, event.usage);
        break;
      case 'finish':
        folded.finishes.push(event.finish);
        break;
      case 'response-end':
        folded.finish = event.finish;
        break;
      default:
        break;
    }
  });
  if (ended.size !== parts.size) throw new Error('a part is left open');
  return folded;
}
