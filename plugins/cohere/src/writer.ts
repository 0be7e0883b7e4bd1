import {
  type CanonicalRequest,
  type Extensions,
  type JsonObject,
  type RequestPlace,
  startPlace,
  type TranslateContext,
  warnForeignFields,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** What one run of `encodeRequest` knows and collects. */
export interface RequestWriter extends RequestPlace {
  /** False when the model does not think: then it takes no thinking, neither settings nor what was thought before. */
  takesThinking: boolean;
  /** False when the request asks for JSON, which the service refuses together with documents. */
  takesDocuments: boolean;
  /** Texts to ground the answer on, found in the messages. */
  documents: JsonObject[];
  customTools: string[];
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames: JsonObject;
}

export function createWriter(request: CanonicalRequest, context: TranslateContext): RequestWriter {
  const { features, id } = context.model;
  return {
    ...startPlace(),
    // A model nobody described is known by its name only: `command-a-reasoning-08-2025`.
    takesThinking: features.length === 0 ? id.includes('reasoning') : features.includes('reasoning'),
    takesDocuments: request.output?.format !== 'json',
    documents: [],
    customTools: [],
    toolNames: {},
  };
}

/** Says what of another dialect's own fields is not carried. `path` defaults to the part being written. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path?: string): void {
  warnForeignFields(writer, DIALECT, extensions, path);
}
