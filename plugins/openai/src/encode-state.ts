import type {
  Finish,
  JsonObject,
  ReplyWatch,
  ToolCallPart,
  TranslateContext,
  Usage,
  Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';
import { readClientMemo } from './memo.ts';
import type { HeldCalls } from './mistral-client.ts';
import { signerOf } from './reasoning.ts';

/** What `encodeStream` remembers between two calls. Survives JSON. */
export interface EncodeState {
  ended: boolean;
  /** The stream came in this dialect. */
  isOwn: boolean;
  /** What stands in every chunk. */
  head: JsonObject;
  /** Candidates whose first chunk is out. */
  begun: number[];
  /** Open parts, by index. */
  parts: Record<number, OpenPart>;
  /** Calls so far, by candidate: the wire numbers them from 0. */
  calls: Record<number, number>;
  /** OpenRouter's name for those who sign the reasoning of this stream; absent: nobody does. */
  signedBy?: string;
  /** Details so far. */
  details: number;
  /** Images so far, by candidate. */
  images: Record<number, number>;
  finishes: { candidate: number; finish: Finish; extra?: JsonObject }[];
  usage?: Usage;
  /** From the client's request. */
  includeUsage: boolean;
  functions: boolean;
  /** Of Mistral's own client: its calls, until they are whole. */
  held?: HeldCalls;
  /** Of the batch at hand. */
  warnings: Warning[];
  /** For the warnings of what clients are not shown. */
  watch: ReplyWatch;
}

export interface OpenPart {
  type: string;
  candidate: number;
  /** Of reasoning: its field and its entry of `reasoning_details`. */
  field?: string;
  detail?: JsonObject;
  summary?: boolean;
  redacted?: boolean;
  place?: string;
  /** Of a call. */
  call?: number;
  kind?: ToolCallPart['kind'];
  legacy?: boolean;
  hasInput?: boolean;
  /** Of text: its length so far, for citations. */
  length?: number;
  /** Of an image: its wire form and its bytes so far, sent when they are whole. */
  image?: JsonObject;
  data?: string;
  mediaType?: string;
  prefix?: string;
}

export function createEncodeState(context: TranslateContext): EncodeState {
  const memo = readClientMemo(context.memo);
  const { dialect, family } = context.provider;
  const signedBy = dialect === DIALECT ? undefined : signerOf(family);
  return {
    ...(signedBy === undefined ? {} : { signedBy }),
    details: 0,
    ended: false,
    isOwn: false,
    head: {},
    begun: [],
    parts: {},
    calls: {},
    images: {},
    finishes: [],
    includeUsage: memo.includeUsage !== false,
    functions: memo.functions === true,
    warnings: [],
    watch: {},
    ...(memo.mistral === true ? { held: {} } : {}),
  };
}
