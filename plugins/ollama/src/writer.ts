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

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter extends RequestPlace {
  /** True when the request came in this dialect: then it is written back as it came. */
  isOwn: boolean;
  /** False when the model is known not to think, or the provider's options say so. */
  takesThinking: boolean;
  /** Wire names of the tools called so far, by the id of the call: a result names its tool. */
  callNames: Map<string, string>;
  customTools: string[];
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames: JsonObject;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): RequestWriter {
  const { features } = context.model;
  return {
    ...startPlace(),
    isOwn: ownFields(request.extensions) !== undefined,
    // The server's model list says nothing of abilities: then the client's word counts.
    takesThinking:
      context.provider.options.think !== false && (features.length === 0 || features.includes('reasoning')),
    callNames: new Map(),
    customTools: [],
    toolNames: {},
  };
}

/** Says what of another dialect's own fields is not carried. `path` defaults to the part being written. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  warnForeignFields(writer, DIALECT, extensions, path);
}

/** A namespace becomes the beginning of the name; the reply step takes it apart again. */
export function wireToolName(writer: RequestWriter, name: string, namespace?: string): string {
  if (namespace === undefined) return name;
  const wire = name.startsWith(`${namespace}__`) ? name : `${namespace}__${name}`;
  writer.toolNames[wire] = { name, namespace };
  return wire;
}
