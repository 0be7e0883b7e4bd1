import {
  type CanonicalRequest,
  isObject,
  type JsonObject,
  type Message,
  pairCalls,
  type ToolResultPart,
  warn,
  warnHere,
} from '@dragoman/plugin-sdk';

import type { EncodedContents } from './encode-contents.ts';
import { encodePart } from './encode-parts.ts';
import { encodeForeign } from './encode-result.ts';
import { signCalls } from './signatures.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

interface Turn {
  role: 'user' | 'model';
  /** Results stand apart from the rest of the user's turn, as in all of the service's examples. */
  isResults: boolean;
  parts: JsonObject[];
}
interface PlacedResult {
  part: ToolResultPart;
  message: number;
  index: number;
}
interface Regrouping {
  writer: RequestWriter;
  system: JsonObject[];
  turns: Turn[];
  /** By the id of the call. */
  results: Map<string, PlacedResult[]>;
  /** Messages with a call, by its id: some services give one id twice. */
  calls: Map<string, number[]>;
  /** Calls of the model turn being written, whose results come next. */
  waiting: { id: string; message: number }[];
}

/** Messages of another dialect as turns the service accepts: results right after their calls, in the calls' order. */
export function regroup(request: CanonicalRequest, writer: RequestWriter): EncodedContents {
  const messages = pairCalls(request.messages, writer);
  const grouping: Regrouping = {
    writer,
    system: [],
    turns: [],
    results: new Map(),
    calls: new Map(),
    waiting: [],
  };
  collect(messages, grouping);
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    if (message.role === 'system') addSystem(message, grouping);
    else if (message.role === 'assistant') addModel(message, grouping);
    else addUser(message, grouping);
    warnForeign(writer, message.extensions);
    if (message.name !== undefined) warnHere(writer, 'dropped', 'speakers have no names here', '/name');
  }
  placeResults(grouping);
  return finish(grouping);
}

function collect(messages: Message[], { results, calls }: Regrouping): void {
  for (let at = 0; at < messages.length; at++) {
    const parts = messages[at]?.parts ?? [];
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index];
      if (part?.type === 'tool-call' && part.kind !== 'hosted') addTo(calls, part.id, at);
      if (part?.type === 'tool-result' && part.hosted !== true) {
        addTo(results, part.callId, { part, message: at, index });
      }
    }
  }
}

function addTo<Item>(lists: Map<string, Item[]>, id: string, item: Item): void {
  const list = lists.get(id);
  if (list === undefined) lists.set(id, [item]);
  else list.push(item);
}

function finish({ writer, system, turns }: Regrouping): EncodedContents {
  for (const turn of turns) if (turn.role === 'model' && writer.rules.signedCalls) signCalls(turn.parts);
  const contents: JsonObject[] = turns.map(({ role, parts }) => ({ role, parts }));
  if (contents.length > 0) {
    return system.length === 0 ? { contents } : { contents, systemInstruction: { parts: system } };
  }
  if (system.length === 0) return { contents };
  warn(writer, 'approximated', '/messages', "there is nothing but system text: it is sent as the user's");
  return { contents: [{ role: 'user', parts: system }] };
}

function push(grouping: Regrouping, role: Turn['role'], isResults: boolean, part: JsonObject): void {
  const last = grouping.turns.at(-1);
  if (last?.role === role && last.isResults === isResults) last.parts.push(part);
  else grouping.turns.push({ role, isResults, parts: [part] });
}

function addModel(message: Message, grouping: Regrouping): void {
  eachPart(message, grouping.writer, (part, index) => {
    grouping.writer.part = index;
    const wire = encodePart(part, grouping.writer);
    if (!isObject(wire) || isBlank(wire)) return;
    push(grouping, 'model', false, wire);
    if (part.type === 'tool-call') grouping.waiting.push({ id: part.id, message: grouping.writer.message });
  });
}

function addUser(message: Message, grouping: Regrouping): void {
  const { writer } = grouping;
  placeResults(grouping);
  eachPart(message, writer, (part, index) => {
    if (part.type === 'tool-result' && part.hosted !== true) {
      // One that answers a call stands after it already, or will.
      if (!grouping.calls.has(part.callId)) {
        addResult({ part, message: writer.message, index }, grouping);
      }
      return;
    }
    const wire = encodePart(part, writer);
    if (isObject(wire) && !isBlank(wire)) push(grouping, 'user', false, wire);
  });
}

/** The service refuses a part that is an empty text. */
function isBlank(wire: JsonObject): boolean {
  return wire.text === '' && wire.thoughtSignature === undefined;
}

function placeResults(grouping: Regrouping): void {
  const { waiting } = grouping;
  grouping.waiting = [];
  for (const { id, message } of waiting) {
    const result = resultOf(id, message, grouping);
    if (result !== undefined) addResult(result, grouping);
  }
}

/** The last result before the next call of the same id: of a repeated one the last content counts. */
function resultOf(id: string, message: number, { results, calls }: Regrouping): PlacedResult | undefined {
  const found = results.get(id);
  const places = calls.get(id) ?? [];
  if (found === undefined || places.length < 2) return found?.at(-1);
  const next = places.find((place) => place > message) ?? Number.POSITIVE_INFINITY;
  return found.findLast((result) => result.message > message && result.message <= next);
}

function addResult({ part, message, index }: PlacedResult, grouping: Regrouping): void {
  const { writer } = grouping;
  const before = { message: writer.message, part: writer.part };
  writer.message = message;
  writer.part = index;
  const { wire, beside } = encodeForeign(part, writer);
  if (part.cache !== undefined) {
    warnHere(writer, 'approximated', 'the service decides by itself what it caches', '/cache');
  }
  warnForeign(writer, part.extensions);
  Object.assign(writer, before);
  push(grouping, 'user', true, { functionResponse: wire });
  for (const media of beside) push(grouping, 'user', false, media);
}

/** System text at the beginning is the instruction; later it can only be the user's. */
function addSystem(message: Message, grouping: Regrouping): void {
  const { writer } = grouping;
  const isLate = grouping.turns.length > 0;
  if (isLate) placeResults(grouping);
  eachPart(message, writer, (part) => {
    if (part.type !== 'text') {
      warnHere(writer, 'dropped', 'a system message holds only text');
      return;
    }
    const wire = encodePart(part, writer);
    if (!isObject(wire) || isBlank(wire)) return;
    if (!isLate) {
      grouping.system.push(wire);
      return;
    }
    wire.text = `<system-reminder>\n${part.text}\n</system-reminder>`;
    push(grouping, 'user', false, wire);
    const text = "a system message between turns is sent as a reminder in the user's turn";
    warnHere(writer, 'approximated', text);
  });
}

function eachPart(
  message: Message,
  writer: RequestWriter,
  visit: (part: Message['parts'][number], index: number) => void,
): void {
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    visit(part, index);
  }
  writer.part = -1;
}
