/**
 * Where characters of a text stand in bytes of UTF-8, which the wire counts, and in UTF-16 units, which the hub counts.
 * Kept as runs of characters with the same number of bytes a unit, so that a stream need not keep its text.
 */
export type Measure = {
  bytes: number;
  units: number;
  /** Triples: first byte, first unit, bytes a unit. */
  runs: number[];
};

export function createMeasure(): Measure {
  return { bytes: 0, units: 0, runs: [] };
}

/** Adds the next piece of the text. A pair of surrogates must not be torn apart. */
export function extendMeasure(measure: Measure, text: string): void {
  if (/^[\x00-\x7f]*$/.test(text)) {
    extend(measure, 1, text.length);
    return;
  }
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) extend(measure, 1, 1);
    else if (unit < 0x800) extend(measure, 2, 1);
    else if ((text.codePointAt(at) ?? 0) > 0xffff) {
      extend(measure, 2, 2);
      at++;
    } else extend(measure, 3, 1);
  }
}

function extend(measure: Measure, bytesEach: number, units: number): void {
  if (units === 0) return;
  const { runs } = measure;
  if (runs[runs.length - 1] !== bytesEach) runs.push(measure.bytes, measure.units, bytesEach);
  measure.bytes += units * bytesEach;
  measure.units += units;
}

export function unitAt(measure: Measure, byte: number): number {
  const at = runAt(measure.runs, byte, 0);
  const [firstByte = 0, firstUnit = 0, bytesEach = 1] = measure.runs.slice(at, at + 3);
  return Math.min(measure.units, firstUnit + Math.round((byte - firstByte) / bytesEach));
}

export function byteAt(measure: Measure, unit: number): number {
  const at = runAt(measure.runs, unit, 1);
  const [firstByte = 0, firstUnit = 0, bytesEach = 1] = measure.runs.slice(at, at + 3);
  return Math.min(measure.bytes, firstByte + (unit - firstUnit) * bytesEach);
}

/** The last run that begins at or before `place`; `field` says in which count. */
function runAt(runs: number[], place: number, field: 0 | 1): number {
  let found = 0;
  for (let at = 0; at < runs.length; at += 3) {
    if ((runs[at + field] ?? 0) > place) break;
    found = at;
  }
  return found;
}
