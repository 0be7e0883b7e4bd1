import type { TranslateContext } from '@dragoman/plugin-sdk';

/** Seconds since the epoch; `undefined` when the text is no date. */
export function parseDate(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** Every frame and reply of the service carries a date: without one, that of the exchange. */
export function formatDate(seconds: number | undefined, context: TranslateContext): string {
  return new Date(seconds === undefined ? context.now : seconds * 1000).toISOString();
}
