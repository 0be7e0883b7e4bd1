import type { CanonicalEvent } from '@dragoman/plugin-sdk';

/** The grammar of a whole stream, written down a second time and without state, to hold the guard to. */
export function grammarFault(events: CanonicalEvent[]): string | undefined {
  const types = events.map((event) => event.type);
  if (types[0] !== 'response-start') return 'does not begin with response-start';
  if (types.lastIndexOf('response-start') !== 0) return 'has a second response-start';
  const terminals = types.filter((type) => type === 'response-end' || type === 'error').length;
  if (terminals !== 1) return `has ${terminals} terminal events`;
  if (!['response-end', 'error'].includes(types.at(-1) ?? '')) return 'goes on after its terminal event';
  const indexes = new Set(events.flatMap((event) => ('index' in event ? [event.index] : [])));
  for (const index of indexes) {
    const fault = partFault(events.filter((event) => 'index' in event && Object.is(event.index, index)));
    if (fault !== undefined) return `part ${index} ${fault}`;
  }
  return undefined;
}

function partFault(events: CanonicalEvent[]): string | undefined {
  const [first, ...rest] = events;
  if (first?.type !== 'part-start') return 'does not begin with part-start';
  if (rest.pop()?.type !== 'part-end') return 'does not end with part-end';
  for (const event of rest) {
    if (event.type !== 'part-delta') return `has ${event.type} inside`;
    const fits = first.part.type === 'tool-call' ? 'tool-input' : first.part.type;
    if (event.delta.type !== fits) return `has a ${event.delta.type} delta`;
  }
  return undefined;
}
