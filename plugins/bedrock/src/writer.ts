import {
  type Extensions,
  type Json,
  type JsonObject,
  pointer,
  type TranslateContext,
  type Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT, isMarker } from './dialect.ts';
import { type ModelRules, readModelRules } from './model-rules.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter {
  warnings: Warning[];
  rules: ModelRules;
  /** False when the model is known to take no sound. */
  takesAudio: boolean;
  /** Where the part being written stands. -1: none. */
  message: number;
  part: number;
  output: number;
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
    warnings: [],
    rules: readModelRules(context),
    takesAudio: context.model.input.includes('audio'),
    message: -1,
    part: -1,
    output: -1,
    cachePoints: 0,
    documentNames: new Set(),
    customTools: [],
    toolNames: {},
    usedTools: new Set(),
    hasToolBlocks: false,
  };
}

export function warn(writer: RequestWriter, code: Warning['code'], path: string, message: string): void {
  writer.warnings.push({ code, path, message });
}

/** A warning about the message or part that is being written, or a field of it. */
export function warnHere(writer: RequestWriter, code: Warning['code'], message: string, field = ''): void {
  writer.warnings.push({ code, path: here(writer) + field, message });
}

function here(writer: RequestWriter): string {
  let path = `/messages/${writer.message}`;
  if (writer.part >= 0) path += `/parts/${writer.part}`;
  if (writer.output >= 0) path += `/output/${writer.output}`;
  return path;
}

/** Says what of another dialect's own fields is not carried. `path` defaults to the part being written. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  if (extensions === undefined) return;
  for (const dialect in extensions) {
    if (dialect === DIALECT) continue;
    const fields = extensions[dialect];
    for (const key in fields) {
      if (isMarker(key) || !hasEffect(fields[key])) continue;
      const message = `'${key}' of ${dialect} has no counterpart in ${DIALECT}`;
      warn(writer, 'dropped', (path ?? here(writer)) + pointer('extensions', dialect, key), message);
    }
  }
}

/** Null, false and empty values ask for nothing. */
function hasEffect(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}
