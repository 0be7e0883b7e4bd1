import type { Extensions, Part } from './canonical.ts';
import type { Json } from './json.ts';
import { lostDetails, type PartDetail } from './reply-form.ts';
import type { Warning } from './translate.ts';
import { pointer } from './warnings.ts';

/** Where an encoder of requests stands, for the paths of its warnings. Encoders add what else they collect. */
export interface RequestPlace {
  warnings: Warning[];
  /** The message, part and, in a tool result, output that is being written. -1: none. */
  message: number;
  part: number;
  output: number;
}

export function startPlace(): RequestPlace {
  return { warnings: [], message: -1, part: -1, output: -1 };
}

export function warn(place: RequestPlace, code: Warning['code'], path: string, message: string): void {
  place.warnings.push({ code, path, message });
}

/** A warning about the message or part that is being written, or a field of it. */
export function warnHere(place: RequestPlace, code: Warning['code'], message: string, field = ''): void {
  place.warnings.push({ code, path: pathOf(place) + field, message });
}

/** The JSON pointer of what is being written. */
export function pathOf({ message, part, output }: RequestPlace): string {
  let path = `/messages/${message}`;
  if (part >= 0) path += `/parts/${part}`;
  if (output >= 0) path += `/output/${output}`;
  return path;
}

/**
 * Warns of the details of a part that `shown` does not list. `isOwn`: the request came in the dialect it is written in, and
 * goes back as it came.
 */
export function warnLost(
  part: Part,
  shown: readonly PartDetail[],
  place: RequestPlace & { isOwn?: boolean },
): void {
  if (place.isOwn === true) return;
  for (const name of lostDetails(part, shown)) {
    warnHere(place, 'dropped', `'${name}' of a ${part.type} part has no place here`, `/${name}`);
  }
}

/** Keys of `extensions` that a dialect writes for itself and that are no wire fields begin with `$`. */
export function isMarker(key: string): boolean {
  return key.charCodeAt(0) === 36;
}

/** Says what of other dialects' own fields `dialect` does not carry. `path` defaults to what is being written. */
export function warnForeignFields(
  place: RequestPlace,
  dialect: string,
  extensions: Extensions | undefined,
  path?: string,
): void {
  for (const owner in extensions) {
    if (owner === dialect) continue;
    const fields = extensions[owner];
    for (const key in fields) {
      if (isMarker(key) || !asksForSomething(fields[key])) continue;
      const message = `'${key}' of ${owner} has no counterpart in ${dialect}`;
      warn(place, 'dropped', (path ?? pathOf(place)) + pointer('extensions', owner, key), message);
    }
  }
}

/** Null, false and empty values ask for nothing, so that leaving them out is no loss. */
export function asksForSomething(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}
