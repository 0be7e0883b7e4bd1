import { type Json, type JsonObject, type Message, warnHere } from '@dragoman/plugin-sdk';
import { encodePart, encodeResult } from './encode-parts.ts';
import { orderResults } from './order-results.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** What assistant messages in a row say together: results answer the calls of all of them. */
interface Turn {
  content: JsonObject[];
  texts: string[];
  calls: JsonObject[];
  hasThinking: boolean;
}

export function encodeMessages(messages: Message[], writer: RequestWriter): JsonObject[] {
  const encoded: JsonObject[] = [];
  let turn: Turn | undefined;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    writer.part = -1;
    if (message.name !== undefined) warnHere(writer, 'dropped', "a speaker's name cannot be sent", '/name');
    warnForeign(writer, message.extensions);
    if (message.role === 'assistant') {
      turn ??= { content: [], texts: [], calls: [], hasThinking: false };
      addAssistant(message, turn, writer);
      continue;
    }
    if (turn !== undefined) finishTurn(turn, encoded);
    turn = undefined;
    encodeOther(message, encoded, writer);
  }
  if (turn !== undefined) finishTurn(turn, encoded);
  writer.message = -1;
  writer.part = -1;
  return orderResults(encoded);
}

function addAssistant(message: Message, turn: Turn, writer: RequestWriter): void {
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type === 'tool-result') {
      warnHere(writer, 'dropped', 'a result of a tool another service ran cannot be replayed');
      continue;
    }
    const piece = encodePart(part, writer);
    if (piece?.field === 'text' && piece.text !== '') {
      turn.texts.push(piece.text);
      turn.content.push({ type: 'text', text: piece.text });
    } else if (piece?.field === 'thinking') {
      turn.hasThinking = true;
      turn.content.push({ type: 'thinking', thinking: piece.text });
    } else if (piece?.field === 'call') turn.calls.push(piece.call);
    else if (piece?.field === 'image') {
      warnHere(writer, 'unsupported', 'the assistant speaks in text only: no media in its turns');
    }
  }
}

/** Text before calls is the plan that led to them, which is also how the service's own plans reach clients. */
function finishTurn({ content, texts, calls, hasThinking }: Turn, encoded: JsonObject[]): void {
  const wire: JsonObject = { role: 'assistant' };
  if (calls.length > 0) {
    if (texts.length > 0) wire.tool_plan = texts.join('\n\n');
    if (hasThinking) wire.content = content.filter(({ type }) => type === 'thinking');
    wire.tool_calls = calls;
  } else if (content.length > 0) wire.content = hasThinking ? content : texts.join('\n\n');
  else return;
  encoded.push(wire);
}

/** Results are messages of their own, before what else their message says: they answer the turn before. */
function encodeOther(message: Message, encoded: JsonObject[], writer: RequestWriter): void {
  const content: Json[] = [];
  const texts: string[] = [];
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type === 'tool-result') {
      const result = encodeResult(part, writer);
      if (result !== undefined) encoded.push(result);
      continue;
    }
    const piece = encodePart(part, writer);
    switch (piece?.field) {
      case 'text':
      case 'thinking':
        if (piece.text === '') break;
        texts.push(piece.text);
        content.push({ type: 'text', text: piece.text });
        break;
      case 'image':
        if (message.role === 'system') warnHere(writer, 'dropped', 'a system message holds only text');
        else content.push(piece.item);
        break;
      case 'call':
        warnHere(writer, 'dropped', 'only an assistant calls tools');
        break;
      case 'document':
      case undefined:
        break;
    }
  }
  writer.part = -1;
  if (content.length === 0) return;
  const role = message.role === 'system' ? 'system' : 'user';
  encoded.push({ role, content: texts.length === content.length ? texts.join('\n\n') : content });
}
