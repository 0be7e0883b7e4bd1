import {
  asksForSomething,
  type CanonicalRequest,
  type Extensions,
  isMarker,
  type JsonObject,
  pathOf,
  type RequestPlace,
  startPlace,
  type TranslateContext,
  warn,
  warnForeignFields,
  warnHere,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields } from './dialect.ts';
import { type DialectOptions, type ModelRule, readOptions, ruleOf } from './options.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter extends RequestPlace {
  options: DialectOptions;
  /** True when the request came in this dialect: then it is written back as it came. */
  isOwn: boolean;
  family: string;
  /** Wire names of tools by the hub's, where they differ. Key: `namespace\nname`. */
  toolNames: Map<string, string>;
  /** Names of the tools whose input is free text. */
  customTools: Set<string>;
  /** The breakpoint of the message's last part is written on the message itself. */
  cacheOnMessage: boolean;
  /** What the model takes otherwise than others. */
  rule: ModelRule;
  /** False when the model is known not to reason. */
  reasons: boolean;
  /** Every turn of the assistant's must hold reasoning, if only a stand-in. */
  mustReason: boolean;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): RequestWriter {
  const options = readOptions(context);
  const { features } = context.model;
  const reasons = features.length === 0 || features.includes('reasoning');
  const isOwn = ownFields(request.extensions) !== undefined;
  const isOff = request.reasoning?.effort === 'none' || request.reasoning?.budgetTokens === 0;
  return {
    ...startPlace(),
    options,
    isOwn,
    family: context.provider.family,
    toolNames: new Map(),
    customTools: new Set(),
    cacheOnMessage: false,
    rule: ruleOf(options, context.model.id === '' ? request.model : context.model.id),
    reasons,
    mustReason: options.reasoningStandIn !== undefined && reasons && !isOwn && !isOff,
  };
}

/** Says what of another dialect's own fields is not carried. `path` defaults to the part being written. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  warnForeignFields(writer, DIALECT, extensions, path);
}

/** Whether a breakpoint may be written; tells of one that stays behind. */
export function takesCache(writer: RequestWriter, path = `${pathOf(writer)}/cache`): boolean {
  if (writer.options.cacheControl ?? writer.isOwn) return true;
  warn(writer, 'approximated', path, 'no breakpoint is sent: the service itself decides what it caches');
  return false;
}

/** Writes this dialect's own fields of a part, message or tool back, less those the service refuses. */
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
    if (writer.options.unknownFields === false) {
      if (asksForSomething(own[key])) warnHere(writer, 'dropped', `the service knows no '${key}'`, `/${key}`);
    } else if (key === 'cache_control' && writer.options.cacheControl === false) takesCache(writer, path);
    else target[key] = own[key];
  }
}
