import { isObject, type Json, type JsonObject, warn } from '@dragoman/plugin-sdk';

import type { RequestWriter } from './writer.ts';

export interface EncodedMessages {
  system?: Json;
  messages: Json[];
}

export interface Turn {
  role: 'user' | 'assistant' | 'system';
  /** Tool results: first in a user turn. */
  results: Json[];
  blocks: Json[];
  /** Tool calls: last in an assistant turn. */
  calls: Json[];
}

/** The wire messages of the turns, made such that the service accepts their order. */
export function finishTurns(turns: Turn[], writer: RequestWriter): Json[] {
  const messages: JsonObject[] = [];
  for (const turn of turns) {
    const content = [...turn.results, ...turn.blocks, ...turn.calls];
    if (content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === turn.role && Array.isArray(last.content)) last.content.push(...content);
    else messages.push({ role: turn.role, content });
  }
  if (messages[0]?.role !== 'user') {
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
  // White space at the end of a prefill is refused.
  if (isObject(block) && block.type === 'text' && typeof block.text === 'string')
    block.text = block.text.trimEnd();
  if (writer.rules.prefill) return;
  messages.push({ role: 'user', content: [{ type: 'text', text: 'Continue.' }] });
  const path = `/messages/${writer.message}`;
  warn(writer, 'approximated', path, 'the model continues no assistant turn; a user turn was added');
}
