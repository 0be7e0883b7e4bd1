import {
  type Extensions,
  type JsonObject,
  type RequestPlace,
  startPlace,
  type TranslateContext,
  warnForeignFields,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';
import { type ModelRules, readModelRules } from './model-rules.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter extends RequestPlace {
  rules: ModelRules;
  /** False when the model is known to take no sound. */
  takesAudio: boolean;
  cachePoints: number;
  /** Names given to documents so far: no two may be the same. */
  documentNames: Set<string>;
  customTools: string[];
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames: JsonObject;
  /** Wire names of the tools that are called or answered in the messages. */
  usedTools: Set<string>;
  hasToolBlocks: boolean;
}

export function createWriter(context: TranslateContext): RequestWriter {
  return {
    ...startPlace(),
    rules: readModelRules(context),
    takesAudio: context.model.input.includes('audio'),
    cachePoints: 0,
    documentNames: new Set(),
    customTools: [],
    toolNames: {},
    usedTools: new Set(),
    hasToolBlocks: false,
  };
}

/** Says what of another dialect's own fields is not carried. `path` defaults to the part being written. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  warnForeignFields(writer, DIALECT, extensions, path);
}
