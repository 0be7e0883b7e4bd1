import {
  type CanonicalRequest,
  type EncodedRequest,
  isObject,
  type JsonObject,
  pairCalls,
  type ToolMemo,
  type Translated,
  type Translator,
} from '@dragoman/plugin-sdk';

import { encodeMessages } from './encode-messages.ts';
import { encodeOutput } from './encode-output.ts';
import { encodeMetadata, encodeSampling, encodeTier, writeConfig } from './encode-settings.ts';
import { encodeThinking } from './encode-thinking.ts';
import { encodeTools } from './encode-tools.ts';
import { warnLosses } from './losses.ts';
import { createWriter, type RequestWriter } from './writer.ts';

/** `Converse` and `ConverseStream`: one body, the model and the way to answer are in the address. */
export const encodeRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const writer = createWriter(context);
  const { system, messages } = encodeMessages(pairCalls(request.messages, writer), writer);
  const toolConfig = encodeTools(request, writer);
  const output = encodeOutput(request, writer);
  if (output.instruction !== undefined) system.push({ text: output.instruction });
  const body: JsonObject = { messages };
  if (system.length > 0) body.system = system;
  if (toolConfig !== undefined) body.toolConfig = toolConfig;
  const fields = encodeThinking(request, isForced(toolConfig), writer) ?? {};
  const sampling = encodeSampling(request, fields, writer);
  if (hasFields(sampling)) body.inferenceConfig = sampling;
  if (hasFields(fields)) body.additionalModelRequestFields = fields;
  if (sampling.stopSequences !== undefined && writer.rules.stopSequence) {
    // Which one ended the answer, only the model's own reply tells.
    body.additionalModelResponseFieldPaths = [request.stream ? '/delta/stop_sequence' : '/stop_sequence'];
  }
  if (output.config !== undefined) body.outputConfig = output.config;
  const serviceTier = encodeTier(request, context, writer);
  if (serviceTier !== undefined) body.serviceTier = serviceTier;
  const metadata = encodeMetadata(request, writer);
  if (metadata !== undefined) body.requestMetadata = metadata;
  writeConfig(body, request.stream, context);
  warnLosses(request, writer);
  return finish(body, writer);
};

function isForced(toolConfig: JsonObject | undefined): boolean {
  const choice = toolConfig?.toolChoice;
  return isObject(choice) && choice.auto === undefined;
}

function hasFields(object: JsonObject): boolean {
  for (const _ in object) return true;
  return false;
}

function finish(body: JsonObject, writer: RequestWriter): Translated<EncodedRequest> {
  const translated: Translated<EncodedRequest> = { output: { body } };
  if (writer.warnings.length > 0) translated.warnings = writer.warnings;
  const memo: ToolMemo = {};
  if (writer.customTools.length > 0) memo.customTools = writer.customTools;
  if (hasFields(writer.toolNames)) memo.toolNames = writer.toolNames;
  for (const _ in memo) translated.memo = { ...memo };
  return translated;
}
