import type { CanonicalEvent, PartDelta, PartStart, UpstreamError } from '@dragoman/plugin-sdk';

type PartType = PartStart['type'];

/** What the guard remembers between batches of one stream. Plain JSON: it travels to workers with the stream's state. */
export interface GrammarState {
  started: boolean;
  ended: boolean;
  /** Types of the parts that are open, by index. */
  open: Record<number, PartType>;
  openCount: number;
  /** Every index below was used; almost always all there is to remember. */
  usedBelow: number;
  /** Used indexes at or above `usedBelow`, when a stream does not count upwards. */
  used: Record<number, true>;
}

export function createGrammar(): GrammarState {
  return { started: false, ended: false, open: {}, openCount: 0, usedBelow: 0, used: {} };
}

/**
 * Holds a batch of events to the grammar on `CanonicalEvent` and changes `state`. A well-formed batch comes back as it
 * is. Repaired: a missing `response-start` is put in (its id and model are empty) and open parts are closed before the
 * terminal event. Dropped: what follows the terminal event. Anything else becomes one `error` event that names `plugin`.
 * A batch with `end` leaves the stream ended: without a terminal event, or with a success although the stream was cut,
 * the end is an `error`.
 */
export function guard(
  state: GrammarState,
  events: CanonicalEvent[],
  end?: 'complete' | 'cut',
  plugin?: string,
): CanonicalEvent[] {
  if (!Array.isArray(events)) return refuse(state, [], 'its events are not a list', plugin);
  let kept: CanonicalEvent[] | undefined;
  for (let index = 0; index < events.length; index++) {
    if (state.ended) return kept ?? events.slice(0, index);
    const event = events[index] as CanonicalEvent;
    const type = event?.type;
    if (!state.started && type !== 'response-start') {
      kept = events.slice(0, index);
      start(state, kept);
    }
    const fault = admit(state, event);
    if (fault !== undefined) return refuse(state, kept ?? events.slice(0, index), fault, plugin);
    if (type === 'response-end' || type === 'error') {
      if (end === 'cut' && type === 'response-end') {
        return finish(state, kept ?? events.slice(0, index), truncated(end));
      }
      if (state.openCount > 0) {
        kept ??= events.slice(0, index);
        closeParts(state, kept);
      }
      state.ended = true;
    }
    if (kept !== undefined) kept.push(event);
  }
  if (end === undefined || state.ended) return kept ?? events;
  return finish(state, kept ?? events.slice(), truncated(end));
}

/** Takes one event into the state; says what is wrong with it instead when it breaks the grammar. */
function admit(state: GrammarState, event: CanonicalEvent): string | undefined {
  switch (event?.type) {
    case 'part-delta': {
      const type = openType(state, event.index);
      if (type === undefined) return `part-delta for part ${event.index}, which is not open`;
      return fits(type, event.delta) ? undefined : `${event.delta?.type} delta for a ${type} part`;
    }
    case 'part-start':
      return openPart(state, event.index, event.part?.type);
    case 'part-end':
      if (openType(state, event.index) === undefined)
        return `part-end for part ${event.index}, which is not open`;
      delete state.open[event.index];
      state.openCount--;
      return undefined;
    case 'response-start':
      if (state.started) return 'a second response-start';
      state.started = true;
      return undefined;
    case 'usage':
      return isObject(event.usage) ? undefined : 'usage without its counts';
    case 'finish':
      if (!isObject(event.finish)) return 'finish without a reason';
      return Number.isSafeInteger(event.candidate) && event.candidate > 0
        ? undefined
        : `finish for candidate ${event.candidate}`;
    case 'response-end':
      return isObject(event.finish) ? undefined : 'response-end without a finish';
    case 'error':
      return isObject(event.error) && typeof event.error.message === 'string'
        ? undefined
        : 'error without a message';
    case 'opaque':
      return undefined;
    default:
      return `an event of unknown type '${String((event as { type?: unknown } | null)?.type)}'`;
  }
}

/** Only numbers are looked up: `open` has the prototype of any object. */
function openType(state: GrammarState, index: number): PartType | undefined {
  return typeof index === 'number' ? state.open[index] : undefined;
}

function openPart(state: GrammarState, index: number, type: PartType | undefined): string | undefined {
  if (!Number.isSafeInteger(index) || index < 0) return `part-start with index ${index}`;
  if (typeof type !== 'string' || !Object.hasOwn(fitting, type))
    return `part-start of unknown type '${type}'`;
  if (index < state.usedBelow || state.used[index]) return `a second part with index ${index}`;
  if (index === state.usedBelow) {
    do state.usedBelow++;
    while (state.used[state.usedBelow] && delete state.used[state.usedBelow]);
  } else {
    state.used[index] = true;
  }
  state.open[index] = type;
  state.openCount++;
  return undefined;
}

/** Deltas that add to a part of each type. `signature` and `opaque` may be added to any. */
const fitting: Record<PartType, readonly PartDelta['type'][]> = {
  text: ['citation', 'logprobs'],
  refusal: ['logprobs'],
  reasoning: ['logprobs'],
  'tool-call': ['tool-input', 'logprobs'],
  media: ['media-data'],
  json: [],
  'tool-result': [],
  opaque: [],
};

function fits(part: PartType, delta: PartDelta | undefined): boolean {
  const type = delta?.type;
  if (type === part) return true;
  if (type === undefined) return false;
  return type === 'signature' || type === 'opaque' || fitting[part].includes(type);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function start(state: GrammarState, kept: CanonicalEvent[]): void {
  state.started = true;
  kept.push({ type: 'response-start', id: '', model: '' });
}

function closeParts(state: GrammarState, kept: CanonicalEvent[]): void {
  for (const index of Object.keys(state.open)) kept.push({ type: 'part-end', index: Number(index) });
  state.open = {};
  state.openCount = 0;
}

/** Ends a stream with an error. `kept` is ours to change or a fresh copy. */
function finish(state: GrammarState, kept: CanonicalEvent[], error: UpstreamError): CanonicalEvent[] {
  if (!state.started) start(state, kept);
  closeParts(state, kept);
  state.ended = true;
  kept.push({ type: 'error', error });
  return kept;
}

function refuse(
  state: GrammarState,
  kept: CanonicalEvent[],
  reason: string,
  plugin: string | undefined,
): CanonicalEvent[] {
  if (state.ended) return kept;
  const who = plugin === undefined ? 'The provider' : `Plugin '${plugin}'`;
  const message = `${who} broke the order of stream events: ${reason}`;
  return finish(state, kept, { kind: 'server', message, code: 'GW_TRANSLATE_FAILED' });
}

function truncated(end: 'complete' | 'cut'): UpstreamError {
  const message =
    end === 'cut'
      ? 'The connection to the provider broke before its answer was complete'
      : "The provider's answer ended before it was complete";
  return { kind: 'server', message, code: 'GW_UPSTREAM_TRUNCATED' };
}
