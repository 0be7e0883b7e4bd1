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
  /** Wire names of tools given so far, by the client's name. */
  names: Map<string, string>;
  usedNames: Set<string>;
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames: JsonObject;
  /** Wire names of free-text tools, written as functions with one string. */
  customTools: string[];
  /** Wire names of the calls so far, by the call's id. */
  calls: Map<string, string>;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): RequestWriter {
  return {
    ...startPlace(),
    rules: readModelRules(context),
    isOwn: ownFields(request.extensions) !== undefined,
    family: context.provider.family,
    names: new Map(),
    usedNames: new Set(),
    toolNames: {},
    customTools: [],
    calls: new Map(),
  };
}

/** Says what of another dialect's own fields is not carried. `path` defaults to the part being written. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  warnForeignFields(writer, DIALECT, extensions, path);
}
