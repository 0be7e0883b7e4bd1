import { type JsonObject, type Message, type ToolResultPart, warnHere } from '@dragoman/plugin-sdk';
import { encodePart, encodeResult } from './encode-blocks.ts';
import { finishTurns, type Turn, turnOf } from './turns.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

export interface EncodedMessages {
  system: JsonObject[];
  messages: JsonObject[];
}

/** What is collected while messages become turns. */
interface Regrouping {
  writer: RequestWriter;
  system: JsonObject[];
  turns: Turn[];
  /** A client may answer one call twice; the last answer counts, in the place of the first. */
  lastResults: Map<string, ToolResultPart>;
  answered: Set<string>;
  /** How many calls each id has had so far: an id may come again in a later turn. */
  calls: Map<string, number>;
}

/** Messages of one side in a row become one turn: the service wants the two to take turns. */
export function encodeMessages(messages: Message[], writer: RequestWriter): EncodedMessages {
  const grouping: Regrouping = {
    writer,
    system: [],
    turns: [],
    lastResults: findLastResults(messages),
    answered: new Set(),
    calls: new Map(),
  };
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    writer.part = -1;
    warnForeign(writer, message.extensions);
    if (message.name !== undefined) warnHere(writer, 'dropped', "a speaker's name cannot be sent", '/name');
    if (message.role === 'system') addSystem(grouping, message);
    else addMessage(grouping, message);
  }
  writer.part = -1;
  return { system: grouping.system, messages: finishTurns(grouping.turns, writer) };
}

function findLastResults(messages: Message[]): Map<string, ToolResultPart> {
  const results = new Map<string, ToolResultPart>();
  const calls = new Map<string, number>();
  for (const { parts } of messages) {
    for (const part of parts) {
      if (part.type === 'tool-call') calls.set(part.id, (calls.get(part.id) ?? 0) + 1);
      else if (part.type === 'tool-result')
        results.set(`${calls.get(part.callId) ?? 0} ${part.callId}`, part);
    }
  }
  return results;
}

/** System text stands before the conversation; what comes later is told in the user's turn, marked as what it is. */
function addSystem({ writer, system, turns }: Regrouping, message: Message): void {
  const isFirst = turns.length === 0;
  const blocks: JsonObject[] = [];
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type !== 'text') {
      warnHere(writer, 'dropped', 'a system message holds only text');
      continue;
    }
    const encoded = encodePart(part, writer);
    if (encoded === undefined) continue;
    if (!isFirst) encoded.block.text = `<system-reminder>\n${part.text}\n</system-reminder>`;
    blocks.push(encoded.block);
    if (encoded.cachePoint !== undefined) blocks.push(encoded.cachePoint);
  }
  writer.part = -1;
  if (isFirst) system.push(...blocks);
  else if (blocks.length > 0) {
    turnOf(turns, 'user').blocks.push(...blocks);
    const message = "a system message between turns is sent as a reminder in the user's turn";
    warnHere(writer, 'approximated', message);
  }
}

function addMessage(grouping: Regrouping, message: Message): void {
  const { writer, turns } = grouping;
  const isAssistant = message.role === 'assistant';
  const turn = turnOf(turns, isAssistant ? 'assistant' : 'user');
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type === 'tool-result') {
      addResult(grouping, turn, part);
      continue;
    }
    if (part.type === 'media' && isAssistant) {
      warnHere(writer, 'unsupported', 'the assistant speaks in text only: no media in its turns');
      continue;
    }
    if (part.type === 'tool-call') {
      if (!isAssistant) {
        warnHere(writer, 'dropped', 'only an assistant calls tools');
        continue;
      }
      grouping.calls.set(part.id, (grouping.calls.get(part.id) ?? 0) + 1);
    }
    const encoded = encodePart(part, writer);
    if (encoded === undefined) continue;
    const { place, block, kind, cachePoint } = encoded;
    const blocks = place === 'call' ? turn.calls : turn.blocks;
    if (cachePoint === undefined) blocks.push(block);
    else if (kind === 'document' || kind === 'video') {
      warnHere(writer, 'approximated', `a cache point stands before a ${kind}, not behind it`, '/cache');
      // Behind another cache point this one would say nothing.
      if (blocks.at(-1)?.cachePoint === undefined) blocks.push(cachePoint);
      else writer.cachePoints--;
      blocks.push(block);
    } else blocks.push(block, cachePoint);
  }
  writer.part = -1;
}

function addResult(grouping: Regrouping, turn: Turn, part: ToolResultPart): void {
  const { writer, answered, calls, lastResults } = grouping;
  const key = `${calls.get(part.callId) ?? 0} ${part.callId}`;
  if (answered.has(key)) return;
  answered.add(key);
  const encoded = encodeResult(lastResults.get(key) ?? part, writer);
  if (encoded === undefined) return;
  const { result, hoisted, cachePoint } = encoded;
  turn.results.push({ toolResult: result });
  if (cachePoint !== undefined) turn.results.push(cachePoint);
  turn.hoisted.push(...hoisted);
}
