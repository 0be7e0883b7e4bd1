import {
  type CanonicalRequest,
  type Extensions,
  type Json,
  type JsonObject,
  pointer,
  type TranslateContext,
  type Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT, isMarker, ownFields } from './dialect.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter {
  warnings: Warning[];
  /** True when the request came in this dialect: then it is written back as it came. */
  isOwn: boolean;
  /** False when the model is known not to think, or the provider's options say so. */
  takesThinking: boolean;
  /** Where the part being written stands. -1: none. */
  message: number;
  part: number;
  output: number;
  /** Wire names of the tools called so far, by the id of the call: a result names its tool. */
  callNames: Map<string, string>;
  customTools: string[];
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames: JsonObject;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): RequestWriter {
  const { features } = context.model;
  return {
    warnings: [],
    isOwn: ownFields(request.extensions) !== undefined,
    // The server's model list says nothing of abilities: then the client's word counts.
    takesThinking:
      context.provider.options.think !== false && (features.length === 0 || features.includes('reasoning')),
    message: -1,
    part: -1,
    output: -1,
    callNames: new Map(),
    customTools: [],
    toolNames: {},
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

/** A namespace becomes the beginning of the name; the reply step takes it apart again. */
export function wireToolName(writer: RequestWriter, name: string, namespace?: string): string {
  if (namespace === undefined) return name;
  const wire = name.startsWith(`${namespace}__`) ? name : `${namespace}__${name}`;
  writer.toolNames[wire] = { name, namespace };
  return wire;
}
