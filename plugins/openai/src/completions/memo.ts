import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

import type { ClientMemo } from '../memo.ts';

/** What `decodeRequest` leaves for the steps that write the reply. */
export interface CompletionMemo extends ClientMemo {
  /** The prompt, where the client wants it before the text. */
  echo?: string;
}

export function readMemo(memo: Json | undefined): CompletionMemo {
  return isObject(memo) ? (memo as JsonObject & CompletionMemo) : {};
}
