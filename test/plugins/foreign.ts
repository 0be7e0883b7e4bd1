import type { Recording } from '@dragoman/plugin-sdk/testing';

/** What only the dialect a value was read from can make anything of. */
export type OwnField = 'extensions' | 'raw' | 'opaque';

/** The same value as another dialect would have given it: without this dialect's fields. Only for JSON. */
export function withoutOwn<Value>(value: Value, ...fields: OwnField[]): Value {
  const own: readonly string[] = fields;
  return JSON.parse(JSON.stringify(value), (key, inner) => (own.includes(key) ? undefined : inner));
}

/** What was found against recordings, a line each: a plain list reads better than thousands of assertions. */
export function faultsIn(found: { name: string; faults: string[] }[]): string[] {
  return found
    .filter(({ faults }) => faults.length > 0)
    .map(({ name, faults }) => `${name}: ${[...new Set(faults)].slice(0, 5).join('; ')}`);
}

export function complaints(list: Recording[], check: (recording: Recording) => string[]): string[] {
  return faultsIn(list.map((recording) => ({ name: recording.name, faults: check(recording) })));
}
