import type { JsonObject } from '@dragoman/plugin-sdk';
import { isInRange, numberOf } from './value.ts';

const below = Number.NEGATIVE_INFINITY;
const above = Number.POSITIVE_INFINITY;

/** Zero if it fits, else the number nearest to zero that does. */
export function buildNumber(keywords: JsonObject, isInteger: boolean): number | undefined {
  const step = numberOf(keywords.multipleOf, isInteger ? 1 : 0);
  return candidates(keywords, step).find(
    (value) => (!isInteger || Number.isInteger(value)) && isInRange(keywords, value),
  );
}

function candidates(keywords: JsonObject, step: number): number[] {
  const lower = Math.max(numberOf(keywords.minimum, below), numberOf(keywords.exclusiveMinimum, below));
  const upper = Math.min(numberOf(keywords.maximum, above), numberOf(keywords.exclusiveMaximum, above));
  const from = Number.isFinite(lower) ? lower : upper;
  const middle = (lower + upper) / 2;
  if (step <= 0) return [0, lower, upper, lower + 1, upper - 1, middle].filter(Number.isFinite);
  const first = Math.ceil(from / step) * step;
  const last = Math.floor((Number.isFinite(upper) ? upper : lower) / step) * step;
  const near = lower >= 0 ? [first, first + step] : [last, last - step, first, first + step];
  // A fractional step with an integer type: its small multiples are the only chance.
  const multiples = Array.from({ length: 64 }, (_, count) => first + count * step);
  return [0, ...near, ...multiples].filter(Number.isFinite).map(tidy);
}

/** 0.1 * 3 is not 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
