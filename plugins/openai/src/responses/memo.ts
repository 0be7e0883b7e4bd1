import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

import type { ToolName } from '../tool-names.ts';

/** What `decodeRequest` leaves for the steps that write the reply. */
export interface ClientMemo {
  /** The fields of the request that a reply repeats. */
  echo?: JsonObject;
}

/** What `encodeRequest` leaves for the steps that read the reply. */
export interface UpstreamMemo {
  /** Tools that have another name on the wire, by that name. */
  tools?: Record<string, ToolName>;
  /** Wire names of free-text tools that were sent as functions. */
  wrapped?: string[];
}

export function readClientMemo(memo: Json | undefined): ClientMemo {
  return isObject(memo) ? (memo as JsonObject & ClientMemo) : {};
}

export function readUpstreamMemo(memo: Json | undefined): UpstreamMemo {
  return isObject(memo) ? (memo as unknown as UpstreamMemo) : {};
}
