import type {
  CanonicalRequest,
  Extensions,
  Json,
  JsonObject,
  TranslateContext,
  Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT, isMarker, ownFields } from './dialect.ts';
import { type DialectOptions, type ModelRule, readOptions, ruleOf } from './options.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter {
  warnings: Warning[];
  options: DialectOptions;
  /** True when the request came in this dialect: then it is written back as it came. */
  isOwn: boolean;
  family: string;
  /** Where the part being written stands: message, part and, in a tool result, output. -1: none. */
  message: number;
  part: number;
  output: number;
  /** Wire names of tools by the hub's, where they differ. Key: `namespace\nname`. */
  toolNames: Map<string, string>;
  /** Names of the tools whose input is free text. */
  customTools: Set<string>;
  /** The breakpoint of the message's last part is written on the message itself. */
  cacheOnMessage: boolean;
  /** What the model takes otherwise than others. */
  rule: ModelRule;
  /** A cache breakpoint was left out and told of. */
  toldCache: boolean;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): RequestWriter {
  const options = readOptions(context);
  return {
    warnings: [],
    options,
    isOwn: ownFields(request.extensions) !== undefined,
    family: context.provider.family,
    message: -1,
    part: -1,
    output: -1,
    toolNames: new Map(),
    customTools: new Set(),
    cacheOnMessage: false,
    rule: ruleOf(options, context.model.id === '' ? request.model : context.model.id),
    toldCache: false,
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
      warn(writer, 'dropped', `${path ?? here(writer)}/extensions/${dialect}/${escapeKey(key)}`, message);
    }
  }
}

function escapeKey(key: string): string {
  return key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

/** Null, false and empty values ask for nothing. */
function hasEffect(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}

/** Where a breakpoint may be written, or tells once per request that they stay behind. */
export function takesCache(writer: RequestWriter, path = `${here(writer)}/cache`): boolean {
  if (writer.options.cacheControl ?? writer.isOwn) return true;
  if (!writer.toldCache) {
    writer.toldCache = true;
    const message = 'cache breakpoints are not sent: the service itself decides what it caches';
    warn(writer, 'approximated', path, message);
  }
  return false;
}

/** Writes this dialect's own fields of a part, message or tool back, less a breakpoint where the service refuses it. */
export function writeKept(
  writer: RequestWriter,
  target: JsonObject,
  extensions: Extensions | undefined,
  path?: string,
): void {
  const own = ownFields(extensions);
  if (own === undefined) return;
  for (const key in own) {
    if (isMarker(key)) continue;
    if (key === 'cache_control' && writer.options.cacheControl === false) takesCache(writer, path);
    else target[key] = own[key];
  }
}
