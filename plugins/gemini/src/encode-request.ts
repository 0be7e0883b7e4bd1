import {
  type CanonicalRequest,
  type EncodedRequest,
  isEmpty,
  type JsonObject,
  type Translated,
  type Translator,
  warn,
} from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';
import { encodeConfig } from './encode-config.ts';
import { type EncodedContents, writeBack } from './encode-contents.ts';
import { encodeToolConfig } from './encode-tool-config.ts';
import { encodeTools } from './encode-tools.ts';
import { warnLosses } from './losses.ts';
import type { UpstreamMemo } from './memo.ts';
import { regroup } from './regroup.ts';
import { createWriter, type RequestWriter } from './writer.ts';

/** The model is in the address, and whether the reply streams: neither stands in the body. */
export const encodeRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const writer = createWriter(request, context);
  const own = ownFields(request.extensions);
  const body: JsonObject = {};
  // First the tools: they have the first claim on their names.
  const tools = request.tools === undefined ? undefined : encodeTools(request, writer);
  const encoded: EncodedContents = writer.isOwn ? writeBack(request, writer) : regroup(request, writer);
  const config = encodeConfig(request, tools, encoded, writer);
  if (encoded.systemInstruction !== undefined) body.systemInstruction = encoded.systemInstruction;
  body.contents = encoded.contents;
  if (tools !== undefined && (tools.length > 0 || writer.isOwn)) body.tools = tools;
  const toolConfig = encodeToolConfig(request, tools, writer);
  if (toolConfig !== undefined) body.toolConfig = toolConfig;
  writeServiceTier(body, request, writer);
  if (own?.$model !== undefined) body.model = own.$model;
  writeOwn(body, request.extensions);
  // These two have own fields that are merged with the hub's.
  if (toolConfig !== undefined) body.toolConfig = toolConfig;
  if (config !== undefined) body.generationConfig = config;
  if (!writer.isOwn) warnLosses(request, writer);
  return finish(body, writer);
};

function finish(body: JsonObject, writer: RequestWriter): Translated<EncodedRequest> {
  const translated: Translated<EncodedRequest> = { output: { body } };
  if (writer.warnings.length > 0) translated.warnings = writer.warnings;
  const memo: JsonObject & UpstreamMemo = {};
  if (writer.customTools.length > 0) memo.customTools = writer.customTools;
  if (!isEmpty(writer.toolNames)) memo.toolNames = writer.toolNames;
  if (!isEmpty(memo)) translated.memo = memo;
  return translated;
}

function writeServiceTier(body: JsonObject, request: CanonicalRequest, writer: RequestWriter): void {
  const tier = request.serviceTier;
  if (tier === undefined) return;
  if (writer.isOwn || tier === 'flex' || tier === 'priority') body.serviceTier = tier;
  else if (tier !== 'auto' && tier !== 'default' && tier !== 'standard' && tier !== 'standard_only') {
    warn(writer, 'dropped', '/serviceTier', `the service has no tier '${tier}'`);
  }
}
