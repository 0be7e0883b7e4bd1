import type { TranslateContext } from '../../translate.ts';
import type { NamedDialect, Recording } from '../recording.ts';

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
