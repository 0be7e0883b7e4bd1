/**
 * How long to wait, in milliseconds: `retry-after-ms`, or `retry-after` as seconds or as a date. `undefined` when
 * neither says so.
 */
export function retryAfter(headers: Record<string, string>, now: number): number | undefined {
  const milliseconds = positive(headers['retry-after-ms']);
  if (milliseconds !== undefined) return Math.ceil(milliseconds);
  const value = headers['retry-after'];
  const seconds = positive(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const date = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function positive(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  return Number(text);
}
