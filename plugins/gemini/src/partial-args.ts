import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import type { OpenPart } from './decode-stream-state.ts';

/** A list in arguments never gets longer than this from an index alone: `$.a[4000000000]` is no list. */
const MAX_INDEX = 100_000;
const STEP = /\.([^.[\]]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]/g;

/**
 * Puts the pieces of `partialArgs` into the arguments so far. Each names its place with a JSON path; a text may come in
 * several pieces, all but the last with `willContinue`.
 */
export function applyPartialArgs(call: OpenPart, pieces: Json | undefined): void {
  if (!Array.isArray(pieces)) return;
  call.args ??= {};
  call.going ??= [];
  for (const piece of pieces) {
    if (!isObject(piece) || typeof piece.jsonPath !== 'string') continue;
    const path = piece.jsonPath;
    const goesOn = call.going.includes(path);
    setAt(call.args, readPath(path), readValue(piece), goesOn && typeof piece.stringValue === 'string');
    if (piece.willContinue === true && !goesOn) call.going.push(path);
    else if (piece.willContinue !== true && goesOn) call.going = call.going.filter((each) => each !== path);
  }
}

function readValue(piece: JsonObject): Json {
  for (const key of ['stringValue', 'numberValue', 'boolValue'] as const) {
    const value = piece[key];
    if (value !== undefined) return value;
  }
  return null;
}

/** `$.a.b[0]['c']` to its steps. */
export function readPath(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const [, name, index, single, double] of path.matchAll(STEP)) {
    steps.push(index === undefined ? (name ?? single ?? double ?? '') : Number(index));
  }
  return steps;
}

function setAt(root: JsonObject, steps: (string | number)[], value: Json, isMore: boolean): void {
  let place: Json = root;
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at];
    if (step === undefined || !fits(place, step)) return;
    const known: Json | undefined = (place as Record<string | number, Json>)[step];
    if (at === steps.length - 1) {
      const next = isMore && typeof known === 'string' ? known + String(value) : value;
      (place as Record<string | number, Json>)[step] = next;
      return;
    }
    const child: Json =
      typeof known === 'object' && known !== null ? known : typeof steps[at + 1] === 'number' ? [] : {};
    (place as Record<string | number, Json>)[step] = child;
    place = child;
  }
}

/** Names that reach into the object's own workings are no place for data. */
function fits(place: Json, step: string | number): boolean {
  if (typeof step === 'number') return Array.isArray(place) && step <= MAX_INDEX;
  return isObject(place) && step !== '__proto__';
}
