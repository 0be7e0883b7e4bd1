import { isObject, type TranslateContext } from '@dragoman/plugin-sdk';

/** The tool whose input is the whole answer, where the request step had to use one. */
export function answerToolOf(context: TranslateContext): string | undefined {
  const memo = context.memo;
  return isObject(memo) && typeof memo.answerTool === 'string' ? memo.answerTool : undefined;
}

/** True when the client asked for the API of 2026-10-21 or later, whose replies hold every field. */
export function wantsAllFields(context: TranslateContext): boolean {
  const memo = context.memo;
  return isObject(memo) && typeof memo.version === 'string' && memo.version >= '2026-10-21';
}
