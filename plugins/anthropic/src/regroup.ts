import { isObject, type Json, type Message, type ToolResultPart, warnHere } from '@dragoman/plugin-sdk';

import { encodePart } from './encode-blocks.ts';
import { type EncodedMessages, finishTurns, type Turn } from './turns.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** What is collected while the messages of another dialect become turns. */
interface Regrouping {
  writer: RequestWriter;
  system: Json[];
  turns: Turn[];
  /** A client may answer one call twice; the last answer counts, in the place of the first. */
  lastResults: Map<string, ToolResultPart>;
  answered: Set<string>;
  /** How many calls each id has had so far. */
  calls: Map<string, number>;
  /** System text from between the turns that waits for a place the service accepts. */
  waiting: Json[];
}

/**
 * Messages of one role in a row become one turn. Results come first in a user turn, because the service wants them
 * directly after their calls, and calls come last in an assistant turn for the same reason.
 */
export function regroup(messages: Message[], writer: RequestWriter): EncodedMessages {
  const grouping: Regrouping = {
    writer,
    system: [],
    turns: [],
    lastResults: findLastResults(messages),
    answered: new Set(),
    calls: new Map(),
    waiting: [],
  };
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    warnForeign(writer, message.extensions);
    if (message.name !== undefined) warnHere(writer, 'dropped', "a speaker's name cannot be sent", '/name');
    if (message.role === 'system') addSystem(grouping, message, messages[index + 1]);
    else addMessage(grouping, message);
  }
  placeWaiting(grouping);
  const encoded: EncodedMessages = { messages: finishTurns(grouping.turns, writer) };
  if (grouping.system.length > 0) encoded.system = grouping.system;
  return encoded;
}

function findLastResults(messages: Message[]): Map<string, ToolResultPart> {
  const results = new Map<string, ToolResultPart>();
  const calls = new Map<string, number>();
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.type === 'tool-call') countCall(calls, part.id);
      else if (part.type === 'tool-result') results.set(answerKey(calls, part.callId), part);
    }
  }
  return results;
}

function countCall(calls: Map<string, number>, id: string): void {
  calls.set(id, (calls.get(id) ?? 0) + 1);
}

/** Some services give the calls of different turns one id, so a result belongs to the latest call before it. */
function answerKey(calls: Map<string, number>, id: string): string {
  return `${calls.get(id) ?? 0} ${id}`;
}

function turnOf(turns: Turn[], role: Turn['role']): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], blocks: [], calls: [] };
  turns.push(turn);
  return turn;
}

function addMessage(grouping: Regrouping, message: Message): void {
  const { writer, turns } = grouping;
  const isAssistant = message.role === 'assistant';
  if (isAssistant) placeWaiting(grouping);
  const turn = turnOf(turns, isAssistant ? 'assistant' : 'user');
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type === 'tool-result' && !part.hosted) {
      addResult(grouping, turn, part);
      continue;
    }
    if (part.type === 'media' && isAssistant) {
      warnHere(writer, 'unsupported', 'the assistant speaks in text only: no media in its turns');
      continue;
    }
    if (part.type === 'tool-call') countCall(grouping.calls, part.id);
    const block = encodePart(part, writer);
    if (block === undefined || isBlank(block)) continue;
    if (part.type === 'tool-call' && part.kind !== 'hosted') turn.calls.push(block);
    else turn.blocks.push(block);
  }
  writer.part = -1;
}

function addResult(grouping: Regrouping, turn: Turn, part: ToolResultPart): void {
  const key = answerKey(grouping.calls, part.callId);
  if (grouping.answered.has(key)) return;
  grouping.answered.add(key);
  const block = encodePart(grouping.lastResults.get(key) ?? part, grouping.writer);
  if (block !== undefined) turn.results.push(block);
}

/** The service refuses text blocks with nothing but white space in them. */
function isBlank(block: Json): boolean {
  return (
    isObject(block) && block.type === 'text' && typeof block.text === 'string' && block.text.trim() === ''
  );
}

function addSystem(grouping: Regrouping, message: Message, next: Message | undefined): void {
  const { writer, turns } = grouping;
  const blocks: Json[] = [];
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type === 'text') {
      const block = encodePart(part, writer);
      if (block !== undefined && !isBlank(block)) blocks.push(block);
    } else {
      warnHere(writer, 'dropped', 'a system message holds only text');
    }
  }
  writer.part = -1;
  if (blocks.length === 0) return;
  if (turns.length === 0) {
    grouping.system.push(...blocks);
  } else if (writer.rules.systemTurns) {
    grouping.waiting.push(...blocks);
    const isInPlace = turns.at(-1)?.role === 'user' && (next === undefined || next.role === 'assistant');
    if (isInPlace || next?.role === 'system') return;
    warnHere(writer, 'approximated', 'a system message goes before the next assistant turn or to the end');
  } else {
    turnOf(turns, 'user').blocks.push(...blocks.map(toReminder));
    warnHere(
      writer,
      'approximated',
      "a system message between turns is sent as a reminder in the user's turn",
    );
  }
}

/** The two places for a system turn: before an assistant turn and at the end, after a user turn in either case. */
function placeWaiting(grouping: Regrouping): void {
  const { turns, waiting } = grouping;
  if (waiting.length === 0) return;
  grouping.waiting = [];
  if (turns.at(-1)?.role === 'user') turns.push({ role: 'system', results: [], blocks: waiting, calls: [] });
  else turnOf(turns, 'user').blocks.push(...waiting.map(toReminder));
}

function toReminder(block: Json): Json {
  if (isObject(block)) block.text = `<system-reminder>\n${block.text}\n</system-reminder>`;
  return block;
}
