import type { Dialect, JsonObject, ProviderPlugin } from '@dragoman/plugin-sdk';
import type { LawResult, Recording } from '@dragoman/plugin-sdk/testing';

/** A plugin's own fixtures, and what their dialects are held to the laws with. */
export interface ConformJob {
  /** Absolute path of the folder of fixtures. */
  folder: string;
  /** Names of its files, in the order they are checked. */
  files: string[];
  dialects: { id: string; family: string; config: JsonObject }[];
  /** For all of it, in milliseconds. */
  budgetMs: number;
}
export interface ConformReport {
  /** Fixtures that were found to be in order. */
  fixtures: number;
  /** The first one that was not, and why, in one line. */
  problem?: string;
}

/** The part of the SDK that knows the laws; loaded by who needs it. */
export type Kit = typeof import('@dragoman/plugin-sdk/testing');

/** Told of each call of the plugin: before it which file it is for, by number, and after it. */
export interface CallNotes {
  begin(file: number): void;
  end(): void;
}

/**
 * Holds a plugin to the laws on its own fixtures, on this thread, up to the first that fails. Every law on every fixture
 * is asked by itself, so that the budget ends what takes too long. `nowMs` may be no clock a plugin must not read: those
 * are watched meanwhile.
 */
export function conform(
  plugin: ProviderPlugin,
  { checkDialect, laws, loadFixtures }: Kit,
  job: ConformJob,
  notes: CallNotes,
  nowMs: () => number,
): ConformReport {
  const endMs = nowMs() + job.budgetMs;
  const names = Object.keys(laws) as (keyof typeof laws)[];
  let fixtures = 0;
  for (const { id, family, config } of job.dialects) {
    const dialect = plugin.dialects?.[id];
    if (dialect === undefined) continue;
    let recordings: Recording[];
    try {
      recordings = loadFixtures(job.folder, id);
    } catch (error) {
      return { fixtures, problem: (error as Error).message.replace(`${job.folder}/`, 'fixtures/') };
    }
    for (const recording of recordings) {
      const file = job.files.indexOf(`${recording.name}.json`);
      const begin = (): void => {
        if (nowMs() > endMs) throw new Error('the time is over');
        notes.begin(file);
      };
      const watched = watchCalls(dialect, { ...notes, begin });
      for (const law of names) {
        const checked = { id, family, recordings: [recording], laws: [law], splits: 2 };
        const results = checkDialect(watched, { ...checked, context: { config } });
        if (nowMs() > endMs) {
          const problem = `it is not done with fixtures/${recording.name}.json after ${job.budgetMs} ms (plugins.canary.timeoutMs)`;
          return { fixtures, problem };
        }
        const failed = results.find(({ ok }) => !ok);
        if (failed !== undefined) return { fixtures, problem: explain(failed) };
      }
      fixtures++;
    }
  }
  return { fixtures };
}

function explain({ law, recording, message, diff = '' }: LawResult): string {
  const [where = ''] = diff.split('\n');
  return `fixtures/${recording}.json breaks the law '${law}': ${message}${where === '' ? '' : `: ${where.slice(0, 300)}`}`;
}

/** The same dialect, whose every call is told of. */
function watchCalls(dialect: Dialect, { begin, end }: Pick<CallNotes, 'end'> & { begin(): void }): Dialect {
  const entries = Object.entries(dialect).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [name, member];
    const watched = (...given: unknown[]): unknown => {
      begin();
      try {
        return Reflect.apply(member, dialect, given);
      } finally {
        end();
      }
    };
    return [name, watched];
  });
  return Object.fromEntries(entries) as Dialect;
}
