import type {
  CanonicalRequest,
  Extensions,
  JsonObject,
  TranslateContext,
  Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT, isMarker, ownFields } from './dialect.ts';
import { type ModelRules, readModelRules } from './model-rules.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter {
  warnings: Warning[];
  rules: ModelRules;
  /** True when the request came in this dialect: then it is written back as it came. */
  isOwn: boolean;
  family: string;
  /** Where the part being written stands: message, part and, in a tool result, output. -1: none. */
  message: number;
  part: number;
  output: number;
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
    warnings: [],
    rules: readModelRules(context),
    isOwn: ownFields(request.extensions) !== undefined,
    family: context.provider.family,
    message: -1,
    part: -1,
    output: -1,
    names: new Map(),
    usedNames: new Set(),
    toolNames: {},
    customTools: [],
    calls: new Map(),
  };
}

export function warn(writer: RequestWriter, code: Warning['code'], path: string, message: string): void {
  writer.warnings.push({ code, path, message });
}

/** A warning about the part that is being written, or a field of it. */
export function warnHere(writer: RequestWriter, code: Warning['code'], message: string, field = ''): void {
  writer.warnings.push({ code, path: here(writer) + field, message });
}

function here(writer: RequestWriter): string {
  let path = `/messages/${writer.message}`;
  if (writer.part >= 0) path += `/parts/${writer.part}`;
  if (writer.output >= 0) path += `/output/${writer.output}`;
  return path;
}

/** Says what of another dialect's own fields is not carried. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  if (extensions === undefined) return;
  for (const dialect in extensions) {
    if (dialect === DIALECT) continue;
    const fields = extensions[dialect];
    for (const key in fields) {
      if (isMarker(key) || !hasEffect(fields[key])) continue;
      const text = `'${key}' of ${dialect} has no counterpart in ${DIALECT}`;
      warn(writer, 'dropped', `${path ?? here(writer)}/extensions/${dialect}/${key}`, text);
    }
  }
}

/** Null, false and empty values ask for nothing. */
function hasEffect(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}
