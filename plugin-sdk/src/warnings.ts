import type { Json } from './json.ts';
import type { Translated, Warning } from './translate.ts';

/** Collects what a translator could not carry over. */
export interface Warnings {
  /** The field has no place on the other side and was left out. */
  dropped(path: string, message: string): void;
  /** The field was replaced by something close to it. */
  approximated(path: string, message: string): void;
  /** The other side cannot do this at all; with `loss: strict` the attempt is skipped. */
  unsupported(path: string, message: string): void;
  /** All of them in order, the same one once; `undefined` when there are none. */
  readonly list: Warning[] | undefined;
  /** A translator's return value with these warnings. */
  with<Output>(output: Output, memo?: Json): Translated<Output>;
}

/** Paths are JSON pointers into the canonical input, e.g. `/messages/0/parts/1`; see `pointer`. */
export function createWarnings(): Warnings {
  let list: Warning[] | undefined;
  const add = (code: Warning['code'], path: string, message: string): void => {
    list ??= [];
    const known = (other: Warning) => other.path === path && other.code === code && other.message === message;
    if (!list.some(known)) list.push({ code, path, message });
  };
  return {
    dropped: (path, message) => add('dropped', path, message),
    approximated: (path, message) => add('approximated', path, message),
    unsupported: (path, message) => add('unsupported', path, message),
    get list() {
      return list;
    },
    with(output, memo) {
      const translated: Translated<typeof output> = { output };
      if (list !== undefined) translated.warnings = list;
      if (memo !== undefined) translated.memo = memo;
      return translated;
    },
  };
}

/** A JSON pointer (RFC 6901) from its unescaped segments: `pointer('tools', 0, 'a/b')` is `/tools/0/a~1b`. */
export function pointer(...segments: (string | number)[]): string {
  let path = '';
  for (const segment of segments) path += `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return path;
}
