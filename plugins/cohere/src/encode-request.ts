import {
  type CanonicalRequest,
  type EncodedRequest,
  type JsonObject,
  pairCalls,
  type ToolMemo,
  type Translated,
  type Translator,
  warn,
} from '@dragoman/plugin-sdk';
import { encodeMessages } from './encode-messages.ts';
import { encodeOutput, encodeThinking, writeConfig, writeSettings } from './encode-settings.ts';
import { encodeTools } from './encode-tools.ts';
import { warnLosses } from './losses.ts';
import { createWriter, type RequestWriter } from './writer.ts';

/** `/v2/chat`. */
export const encodeRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const writer = createWriter(request, context);
  const body: JsonObject = {
    model: context.model.id === '' ? request.model : context.model.id,
    stream: request.stream,
  };
  const tools = encodeTools(request, writer);
  const hasTools = tools.tools !== undefined;
  const messages = encodeMessages(pairCalls(request.messages, writer), writer);
  const output = encodeOutput(request, hasTools, writer);
  if (output.instruction !== undefined) messages.unshift({ role: 'system', content: output.instruction });
  finishMessages(messages, writer);
  body.messages = messages;
  if (writer.documents.length > 0) body.documents = writer.documents;
  Object.assign(body, tools);
  if (output.format !== undefined) body.response_format = output.format;
  writeSettings(body, request, writer);
  const thinking = encodeThinking(request, writer);
  if (thinking !== undefined) body.thinking = thinking;
  writeConfig(body, hasTools, context);
  warnLosses(request, writer);
  return finish(body, writer);
};

/** The service answers a user's message or results; a conversation of system texts alone it refuses. */
function finishMessages(messages: JsonObject[], writer: RequestWriter): void {
  if (messages.some(({ role }) => role !== 'system')) return;
  messages.push({ role: 'user', content: 'Follow the instructions above.' });
  warn(writer, 'approximated', '/messages', 'a conversation needs a user turn; one was added');
}

function finish(body: JsonObject, writer: RequestWriter): Translated<EncodedRequest> {
  const translated: Translated<EncodedRequest> = { output: { body } };
  if (writer.warnings.length > 0) translated.warnings = writer.warnings;
  const memo: ToolMemo = {};
  if (writer.customTools.length > 0) memo.customTools = writer.customTools;
  for (const _ in writer.toolNames) memo.toolNames = writer.toolNames;
  for (const _ in memo) translated.memo = { ...memo };
  return translated;
}
