import type { TranslateContext } from '../translate.ts';
import { batching } from './laws/batching.ts';
import { cutAnywhere } from './laws/cut-anywhere.ts';
import { grammar } from './laws/grammar.ts';
import { lossIsTold } from './laws/loss-is-told.ts';
import { pure } from './laws/pure.ts';
import { roundTrip } from './laws/round-trip.ts';
import { stateIsJson } from './laws/state-is-json.ts';
import { streamAgrees } from './laws/stream-agrees.ts';
import type { NamedDialect, Recording } from './recording.ts';

/** The dialect under test, and what a law may use to test it. */
export interface Subject extends NamedDialect {
  /** Without a memo; a law that runs a request first adds the one it gave. */
  context: TranslateContext;
  /** Dialects law 8 translates to and from. */
  others: NamedDialect[];
  /** How many random ways to batch a stream are tried. */
  splits: number;
  random: () => number;
}
/** What one check of a law found. `message` says what was checked; `diff` how it failed. */
export interface Finding {
  ok: boolean;
  message: string;
  diff?: string;
}
/** Checks one recording. No findings: the recording has nothing the law is about. May throw: that is a failure too. */
export type Law = (subject: Subject, recording: Recording) => Finding[];

/** What every dialect is held to. Numbers and meaning as in the architecture. */
export const laws = {
  /** 1. Decoding and encoding in one dialect gives `normalise(x)`. */
  'round-trip': roundTrip,
  /** 2. A stream folds to the reply its whole form decodes to. */
  'stream-agrees-with-whole': streamAgrees,
  /** 3. Any batching of a stream's items gives the same items. */
  batching,
  /** 4. States survive JSON. */
  'state-is-json': stateIsJson,
  /** 5. Inputs stay as they are, a second call gives the same, nothing global is touched. */
  pure,
  /** 6. Events follow the grammar. */
  grammar,
  /** 7. A stream cut before its terminator ends in exactly one `error`, never in success. */
  'cut-anywhere': cutAnywhere,
  /** 8. What another dialect cannot carry has a warning. */
  'loss-is-told': lossIsTold,
} as const satisfies Record<string, Law>;
export type LawName = keyof typeof laws;
