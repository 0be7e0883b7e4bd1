import { batching } from './laws/batching.ts';
import { cutAnywhere } from './laws/cut-anywhere.ts';
import { grammar } from './laws/grammar.ts';
import type { Law } from './laws/law.ts';
import { lossIsTold } from './laws/loss-is-told.ts';
import { pure } from './laws/pure.ts';
import { roundTrip } from './laws/round-trip.ts';
import { stateIsJson } from './laws/state-is-json.ts';
import { streamAgrees } from './laws/stream-agrees.ts';

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
