import type {
  Finish,
  JsonObject,
  ToolCallPart,
  TranslateContext,
  Usage,
  Warning,
} from '@dragoman/plugin-sdk';
import { readClientMemo } from './memo.ts';

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
  /** Images so far, by candidate. */
  images: Record<number, number>;
  finishes: { candidate: number; finish: Finish; extra?: JsonObject }[];
  usage?: Usage;
  /** From the client's request. */
  includeUsage: boolean;
  functions: boolean;
  warnings: Warning[];
  /** How many of them were returned. */
  told: number;
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
  return {
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
    told: 0,
  };
}
