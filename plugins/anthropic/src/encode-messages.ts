import type { CanonicalRequest, Json, JsonObject, Message, ToolResultPart } from '@dragoman/plugin-sdk';
import { isObject, ownFields, writeOwn } from './dialect.ts';
import { encodePart } from './encode-blocks.ts';
import { type RequestWriter, warn, warnForeign, warnHere } from './writer.ts';

export interface EncodedMessages {
  system?: Json;
  messages: Json[];
}

/** A request of this dialect goes back as it came; any other is regrouped into turns. */
export function encodeMessages(request: CanonicalRequest, writer: RequestWriter): EncodedMessages {
  return writer.isOwn ? writeBack(request.messages, writer) : regroup(request.messages, writer);
}

function writeBack(messages: Message[], writer: RequestWriter): EncodedMessages {
  const encoded: EncodedMessages = { messages: [] };
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    const own = ownFields(message.extensions);
    const only = message.parts[0];
    const content =
      own?.$content === 'string' && only?.type === 'text' ? only.text : encodeParts(message, writer);
    if (message.role === 'system' && own?.$place !== 'messages') {
      encoded.system = content;
      continue;
    }
    const wire: JsonObject = { role: message.role === 'tool' ? 'user' : message.role, content };
    writeOwn(wire, message.extensions);
    encoded.messages.push(wire);
  }
  return encoded;
}

function encodeParts(message: Message, writer: RequestWriter): Json[] {
  const blocks: Json[] = [];
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    const block = encodePart(part, writer);
    if (block !== undefined) blocks.push(block);
  }
  writer.part = -1;
  return blocks;
}

interface Turn {
  role: 'user' | 'assistant';
  /** Blocks that must come first in a user turn: the service wants results before anything else. */
  results: Json[];
  blocks: Json[];
  /** Calls, which come last in an assistant turn, so that their results follow directly. */
  calls: Json[];
}

function regroup(messages: Message[], writer: RequestWriter): EncodedMessages {
  const lastResults = findLastResults(messages);
  const system: Json[] = [];
  const turns: Turn[] = [];
  const answered = new Set<string>();
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    warnForeign(writer, message.extensions);
    if (message.name !== undefined) warnHere(writer, 'dropped', "a speaker's name cannot be sent", '/name');
    if (message.role === 'system') {
      if (turns.length === 0) addSystem(system, message, writer);
      else addReminder(turnOf(turns, 'user'), message, writer);
      continue;
    }
    const turn = turnOf(turns, message.role === 'assistant' ? 'assistant' : 'user');
    addParts(turn, message, writer, lastResults, answered);
  }
  const encoded: EncodedMessages = { messages: finishTurns(turns, writer) };
  if (system.length > 0) encoded.system = system;
  return encoded;
}

/** A client may answer one call twice; the last answer counts, in the place of the first. */
function findLastResults(messages: Message[]): Map<string, ToolResultPart> {
  const results = new Map<string, ToolResultPart>();
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.type === 'tool-result') results.set(part.callId, part);
    }
  }
  return results;
}

function turnOf(turns: Turn[], role: Turn['role']): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], blocks: [], calls: [] };
  turns.push(turn);
  return turn;
}

function addParts(
  turn: Turn,
  message: Message,
  writer: RequestWriter,
  lastResults: Map<string, ToolResultPart>,
  answered: Set<string>,
): void {
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type === 'tool-result' && !part.hosted) {
      if (answered.has(part.callId)) continue;
      answered.add(part.callId);
      const block = encodePart(lastResults.get(part.callId) ?? part, writer);
      if (block !== undefined) turn.results.push(block);
      continue;
    }
    const block = encodePart(part, writer);
    if (block === undefined || isBlank(block)) continue;
    if (part.type === 'tool-call' && part.kind !== 'hosted') turn.calls.push(block);
    else turn.blocks.push(block);
  }
  writer.part = -1;
}

/** The service refuses text blocks with nothing but white space in them. */
function isBlank(block: Json): boolean {
  return (
    isObject(block) && block.type === 'text' && typeof block.text === 'string' && block.text.trim() === ''
  );
}

function addSystem(system: Json[], message: Message, writer: RequestWriter): void {
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type !== 'text') {
      warnHere(writer, 'dropped', 'a system message holds only text');
      continue;
    }
    const block = encodePart(part, writer);
    if (block !== undefined && !isBlank(block)) system.push(block);
  }
  writer.part = -1;
}

/** System text after the first turn has no place that every model takes, so it goes as a marked part of the user's turn. */
function addReminder(turn: Turn, message: Message, writer: RequestWriter): void {
  const texts: string[] = [];
  for (const part of message.parts) if (part.type === 'text') texts.push(part.text);
  if (texts.length === 0) return;
  turn.blocks.push({ type: 'text', text: `<system-reminder>\n${texts.join('\n')}\n</system-reminder>` });
  warnHere(writer, 'approximated', "a system message between turns is sent as a reminder in the user's turn");
}

function finishTurns(turns: Turn[], writer: RequestWriter): Json[] {
  const messages: JsonObject[] = [];
  for (const turn of turns) {
    const content = [...turn.results, ...turn.blocks, ...turn.calls];
    if (content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === turn.role && Array.isArray(last.content)) last.content.push(...content);
    else messages.push({ role: turn.role, content });
  }
  const first = messages[0];
  if (first === undefined || first.role === 'assistant') {
    messages.unshift({ role: 'user', content: [{ type: 'text', text: 'Follow the instructions above.' }] });
    warn(writer, 'approximated', '/messages', 'a conversation starts with a user turn; one was added');
  }
  finishPrefill(messages, writer);
  return messages;
}

/** An assistant turn at the end is continued by older models and refused by newer ones. */
function finishPrefill(messages: JsonObject[], writer: RequestWriter): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || !Array.isArray(last.content)) return;
  const block = last.content.at(-1);
  if (isObject(block) && block.type === 'text' && typeof block.text === 'string')
    block.text = block.text.trimEnd();
  if (writer.rules.prefill) return;
  messages.push({ role: 'user', content: [{ type: 'text', text: 'Continue.' }] });
  const path = `/messages/${writer.message}`;
  warn(writer, 'approximated', path, 'the model continues no assistant turn; a user turn was added');
}
