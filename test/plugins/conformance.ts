import { join } from 'node:path';
import {
  type CheckOptions,
  checkDialect,
  formatFailures,
  type LawName,
  type LawResult,
  laws,
  type NamedDialect,
  type Recording,
} from '@dragoman/plugin-sdk/testing';
import type { Test } from 'tap';
import anthropic from '../../plugins/anthropic/src/index.ts';
import openai from '../../plugins/openai/src/index.ts';

export const chat = { id: 'openai-chat', dialect: openai.dialects['openai-chat'], family: 'openai' };
export const messages = {
  id: 'anthropic-messages',
  dialect: anthropic.dialects['anthropic-messages'],
  family: 'anthropic',
};
/** The dialects others are translated from and to here, each with the folder of its recorded traffic. */
export const foreign = [
  { ...chat, folder: 'openai-chat' },
  { ...messages, folder: 'anthropic' },
];

export function fixturesOf(plugin: string): string {
  return join(import.meta.dirname, '..', '..', 'plugins', plugin, 'fixtures');
}

interface Recorded extends Omit<CheckOptions, 'id'> {
  /** So many results there are at least, or the recordings are not those. */
  least: number;
  /** Results that are not counted as failures. Default: none. */
  except?: (result: LawResult) => boolean;
}

/** Holds a dialect to the laws over recorded traffic. */
export function holdToLaws(t: Test, here: NamedDialect, options: Recorded): void {
  const { least, except = () => false, ...rest } = options;
  const results = checkDialect(here.dialect, { ...here, ...rest });
  t.ok(results.length >= least, `${results.length} results: there are recordings to hold it to`);
  t.equal(formatFailures(results.filter((result) => !except(result))), '');
}

/** Holds a dialect to the law that what the others cannot carry is told. */
export function holdToTelling(t: Test, here: NamedDialect, others: NamedDialect[], options: Recorded): void {
  holdToLaws(t, here, { ...options, laws: ['loss-is-told'], others });
}

/** Holds a dialect to the laws over its fixtures, which have something for each law to check. */
export function holdFixturesToLaws(
  t: Test,
  here: NamedDialect,
  recordings: Recording[],
  others: NamedDialect[] = [],
): void {
  const results = checkDialect(here.dialect, { ...here, recordings, others });
  t.equal(formatFailures(results), '');
  const checked = new Set(results.map(({ law }) => law));
  for (const law of Object.keys(laws) as LawName[]) {
    if (law === 'loss-is-told' && others.length === 0) continue;
    t.ok(checked.has(law), `${here.id}: ${law} had something to check`);
  }
}
