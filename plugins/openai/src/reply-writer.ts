import type { Warning } from '@dragoman/plugin-sdk';
import type { ClientMemo } from './memo.ts';

/** What one run of `encodeResponse` or `encodeStream` knows and collects. */
export interface ReplyWriter {
  warnings: Warning[];
  /** The reply came in this dialect: it is written back as it came. */
  isOwn: boolean;
  /** The client speaks `functions`. */
  functions: boolean;
  /** The client is Mistral's own. */
  mistral: boolean;
  /** JSON pointer to the candidate being written. */
  path: string;
}

export function createReplyWriter(isOwn: boolean, memo: ClientMemo): ReplyWriter {
  const { functions = false, mistral = false } = memo;
  return { warnings: [], isOwn, functions, mistral, path: '' };
}

export const CALL_SIGNATURE = 'only signatures of Google have a place on a call';

export const NO_DETAIL = 'sound has no resolution';

/** Tells once that something of the answer stays behind. */
export function warnReply(writer: Pick<ReplyWriter, 'warnings'>, path: string, message: string): void {
  for (const warning of writer.warnings) if (warning.path === path && warning.message === message) return;
  writer.warnings.push({ code: 'dropped', path, message });
}
