import type { TranslateContext } from '@dragoman/plugin-sdk';
import { isObject } from './dialect.ts';

/** The tool whose input is the whole answer, where the request step had to use one. */
export function answerToolOf(context: TranslateContext): string | undefined {
  const memo = context.memo;
  return isObject(memo) && typeof memo.answerTool === 'string' ? memo.answerTool : undefined;
}

/** True for a free-text tool that was sent as a function with one string. */
export function isCustomTool(context: TranslateContext, name: string): boolean {
  const memo = context.memo;
  return isObject(memo) && Array.isArray(memo.customTools) && memo.customTools.includes(name);
}

/** True when the client asked for the API of 2026-10-21 or later, whose replies hold every field. */
export function wantsAllFields(context: TranslateContext): boolean {
  const memo = context.memo;
  return isObject(memo) && typeof memo.version === 'string' && memo.version >= '2026-10-21';
}

/** The text inside `{"input": "..."}`; the input itself when the model wrote something else. */
export function unwrapInput(input: string): string {
  try {
    const value = JSON.parse(input);
    if (typeof value?.input === 'string') return value.input;
  } catch {
    // The model's own words are better than none.
  }
  return input;
}
