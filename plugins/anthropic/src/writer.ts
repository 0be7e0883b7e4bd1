import {
  type CanonicalRequest,
  type Extensions,
  type JsonObject,
  type RequestPlace,
  startPlace,
  type TranslateContext,
  warnForeignFields,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields } from './dialect.ts';
import { type ModelRules, readModelRules } from './model-rules.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter extends RequestPlace {
  rules: ModelRules;
  /** True when the request came in this dialect: then it is written back as it came. */
  isOwn: boolean;
  family: string;
  /** Wire ids given so far, by the client's id. */
  ids: Map<string, string>;
  usedIds: Set<string>;
  /** Wire names of tools given so far, by the client's name. */
  names: Map<string, string>;
  usedNames: Set<string>;
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames: JsonObject;
  /** Cache breakpoints written so far. */
  breakpoints: number;
  /** Tools held to their schema so far. */
  strictTools: number;
  /** Free-text tools, written as functions with one string. */
  customTools: string[];
  /** Thinking of another service had to be left out. */
  hasLostThinking: boolean;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): RequestWriter {
  return {
    ...startPlace(),
    rules: readModelRules(context),
    isOwn: ownFields(request.extensions) !== undefined,
    family: context.provider.family,
    ids: new Map(),
    usedIds: new Set(),
    names: new Map(),
    usedNames: new Set(),
    toolNames: {},
    breakpoints: 0,
    strictTools: 0,
    customTools: [],
    hasLostThinking: false,
  };
}

/** Says what of another dialect's own fields is not carried. `path` defaults to the part being written. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  warnForeignFields(writer, DIALECT, extensions, path);
}
