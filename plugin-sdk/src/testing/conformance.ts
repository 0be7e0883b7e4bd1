import type { JsonObject } from '../json.ts';
import type { Dialect, TranslateContext } from '../translate.ts';
import type { Subject } from './laws/law.ts';
import { type LawName, laws } from './laws.ts';
import { type NamedDialect, type Recording, testContext } from './recording.ts';
import { copyJson, seededRandom } from './run.ts';

export interface CheckOptions {
  /** The dialect's id. */
  id: string;
  recordings: Iterable<Recording>;
  /** Whose signatures the provider accepts. Default: the dialect's id. */
  family?: string;
  /** Options of the provider. Default: none. */
  providerOptions?: JsonObject;
  /** What differs from `testContext`; a recording's own context comes on top. */
  context?: Partial<TranslateContext>;
  /** Dialects law 8 translates to. Default: none, and law 8 checks nothing. */
  others?: NamedDialect[];
  /** Default: all eight. */
  laws?: readonly LawName[];
  /** Random ways to batch each stream. Default: 5. */
  splits?: number;
  /** Default: 1. The same seed tries the same batchings. */
  seed?: number;
}
/** What one law said about one recording. */
export interface LawResult {
  law: LawName;
  recording: string;
  ok: boolean;
  /** What was checked. */
  message: string;
  /** How it failed: one line a difference. */
  diff?: string;
}

/** Holds a dialect to the laws. A law that finds nothing to check in a recording gives no result for it. */
export function checkDialect(dialect: Dialect, options: CheckOptions): LawResult[] {
  const { id, context, others = [], splits = 5, seed = 1 } = options;
  const { family = id, providerOptions = {} } = options;
  const provider = { id: 'test', family, dialect: id, options: providerOptions };
  const subject: Subject = {
    id,
    dialect,
    family,
    options: providerOptions,
    context: testContext(id, { provider, ...context }),
    others,
    splits,
    random: seededRandom(seed),
  };
  const chosen = options.laws ?? (Object.keys(laws) as LawName[]);
  const results: LawResult[] = [];
  for (const recording of options.recordings) {
    for (const law of chosen) results.push(...checkLaw(subject, recording, law));
  }
  return results;
}

function checkLaw(subject: Subject, recording: Recording, law: LawName): LawResult[] {
  try {
    // A copy, so that a dialect which changes its input fails where that is looked for and nowhere else.
    return laws[law](subject, copyJson(recording)).map((finding) => ({
      law,
      recording: recording.name,
      ...finding,
    }));
  } catch (thrown) {
    const diff = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return [{ law, recording: recording.name, ok: false, message: 'the law could not be checked', diff }];
  }
}

/** Failures as text, most telling first lines only; empty when all is well. */
export function formatFailures(results: LawResult[], limit = 20): string {
  const failed = results.filter(({ ok }) => !ok);
  const lines = failed.slice(0, limit).map(({ law, recording, message, diff }) => {
    const indented = (diff ?? '').split('\n').slice(0, 12).join('\n    ');
    return `${law}, ${recording}: ${message}\n    ${indented}`;
  });
  if (failed.length > limit) lines.push(`... and ${failed.length - limit} more`);
  return lines.join('\n');
}
