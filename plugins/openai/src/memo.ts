import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

import type { ToolName } from './tool-names.ts';

/** What `decodeRequest` leaves for the steps that write the reply. */
export interface ClientMemo {
  /** Whether a client of a stream asked for the usage chunk; without a stream there is nothing to leave out. */
  includeUsage?: boolean;
  /** The client speaks `functions`: calls go back as `function_call`. */
  functions?: boolean;
  /** The client is Mistral's own. */
  mistral?: boolean;
}

/** What `encodeRequest` leaves for the steps that read the reply. */
export interface UpstreamMemo {
  /** Tools that have another name on the wire, by that name. */
  tools?: Record<string, ToolName>;
  /** Wire names of free-text tools that were sent as functions. */
  wrapped?: string[];
  /** The format sound was asked for in. */
  audioFormat?: string;
}

export function readClientMemo(memo: Json | undefined): ClientMemo {
  return isObject(memo) ? (memo as JsonObject & ClientMemo) : {};
}

export function readUpstreamMemo(memo: Json | undefined): UpstreamMemo {
  return isObject(memo) ? (memo as unknown as UpstreamMemo) : {};
}
