import type { CanonicalEvent, PartDelta, PartStart } from './canonical.ts';

/** What a list of events did wrong. `at` is the event's place in the list, its length when the end is missing. */
export interface GrammarFault {
  at: number;
  message: string;
}

/** Checks events as they come, against the grammar on `CanonicalEvent`. */
export interface GrammarChecker {
  /** Why this event may not come now; `undefined` when it may. A refused event changes nothing. */
  check(event: CanonicalEvent): string | undefined;
  /** Why the stream may not end here; `undefined` after `response-end` or `error`. */
  checkEnd(): string | undefined;
  /** Indexes of parts that are open, in the order they were opened. */
  openParts(): number[];
  readonly ended: boolean;
}

/** Deltas each kind of part takes, beside `signature` and `opaque`, which all take. */
const deltasOf: Record<PartStart['type'], readonly PartDelta['type'][]> = {
  text: ['text', 'citation', 'logprobs'],
  refusal: ['refusal', 'logprobs'],
  reasoning: ['reasoning', 'logprobs'],
  'tool-call': ['tool-input', 'logprobs'],
  media: ['media-data'],
  json: ['json'],
  'tool-result': [],
  opaque: [],
};

/** True when a part of this kind takes this kind of delta. */
export function takesDelta(part: PartStart['type'], delta: PartDelta['type']): boolean {
  return delta === 'signature' || delta === 'opaque' || deltasOf[part].includes(delta);
}

/** Every fault of a list; with `complete: false` the end may be missing. A faulty event is left out and the rest checked. */
export function checkGrammar(
  events: readonly CanonicalEvent[],
  { complete = true }: { complete?: boolean } = {},
): GrammarFault[] {
  const checker = createGrammarChecker();
  const faults: GrammarFault[] = [];
  for (const [at, event] of events.entries()) {
    const message = checker.check(event);
    if (message !== undefined) faults.push({ at, message });
  }
  const message = complete ? checker.checkEnd() : undefined;
  if (message !== undefined) faults.push({ at: events.length, message });
  return faults;
}

/** A checker for one stream. An `error` may also come first: an upstream can fail before it answers. */
export function createGrammarChecker(): GrammarChecker {
  const open = new Map<number, { type: PartStart['type']; candidate: number }>();
  const used = new Set<number>();
  const finished = new Set<number>();
  let started = false;
  let ended = false;

  const check = (event: CanonicalEvent): string | undefined => {
    if (ended) return `'${event.type}' after the end`;
    if (event.type === 'error') {
      ended = true;
      return undefined;
    }
    if (event.type === 'response-start') {
      if (started) return "a second 'response-start'";
      started = true;
      return undefined;
    }
    if (!started) return `'${event.type}' before 'response-start'`;
    switch (event.type) {
      case 'part-start': {
        const candidate = event.candidate ?? 0;
        if (!isCount(event.index)) return `part index ${event.index} is not a whole number from 0`;
        if (!isCount(candidate)) return `candidate ${candidate} is not a whole number from 0`;
        if (used.has(event.index)) return `part index ${event.index} is used a second time`;
        if (finished.has(candidate))
          return `part ${event.index} of candidate ${candidate} starts after its 'finish'`;
        if (!Object.hasOwn(deltasOf, event.part.type)) return `unknown part type '${event.part.type}'`;
        used.add(event.index);
        open.set(event.index, { type: event.part.type, candidate });
        return undefined;
      }
      case 'part-delta': {
        const part = open.get(event.index);
        if (part === undefined) return `'part-delta' for part ${event.index}, which is not open`;
        if (!takesDelta(part.type, event.delta.type)) {
          return `part ${event.index} is '${part.type}' and takes no '${event.delta.type}' delta`;
        }
        return undefined;
      }
      case 'part-end':
        return open.delete(event.index) ? undefined : `'part-end' for part ${event.index}, which is not open`;
      case 'finish':
        if (!isCount(event.candidate) || event.candidate === 0) {
          return `'finish' is for candidates from 1; the first one's travels on 'response-end'`;
        }
        if (finished.has(event.candidate)) return `a second 'finish' for candidate ${event.candidate}`;
        for (const [index, part] of open) {
          if (part.candidate === event.candidate) return `'finish' while part ${index} is open`;
        }
        finished.add(event.candidate);
        return undefined;
      case 'response-end':
        if (open.size > 0) return `'response-end' while part ${[...open.keys()].join(', ')} is open`;
        ended = true;
        return undefined;
      case 'usage':
      case 'opaque':
        return undefined;
      default:
        return `unknown event type '${(event as { type: string }).type}'`;
    }
  };

  return {
    check,
    checkEnd: () => (ended ? undefined : "the stream ends without 'response-end' or 'error'"),
    openParts: () => [...open.keys()],
    get ended() {
      return ended;
    },
  };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
