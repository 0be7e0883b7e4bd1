import { type JsonObject, warn } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

export interface Turn {
  role: 'user' | 'assistant';
  /** Results of tools: first in a user's turn, directly behind the calls. */
  results: JsonObject[];
  /** Media of results that may not stand in them. */
  hoisted: JsonObject[];
  blocks: JsonObject[];
  /** Calls of tools: last in an assistant's turn. */
  calls: JsonObject[];
}

/** The turn that is being filled, or a new one. */
export function turnOf(turns: Turn[], role: Turn['role']): Turn {
  const last = turns.at(-1);
  if (last?.role === role) return last;
  const turn: Turn = { role, results: [], hoisted: [], blocks: [], calls: [] };
  turns.push(turn);
  return turn;
}

/** The wire messages of the turns, made such that the service accepts their order. */
export function finishTurns(turns: Turn[], writer: RequestWriter): JsonObject[] {
  const messages: { role: Turn['role']; content: JsonObject[] }[] = [];
  for (const { role, results, hoisted, blocks, calls } of turns) {
    const rest = withText([...hoisted, ...blocks, ...calls], role, writer);
    if (results.length > 0 && rest.length > 0 && !writer.rules.resultsWithText) {
      warn(
        writer,
        'approximated',
        '/messages',
        'results stand alone in a turn; an assistant turn "." was added',
      );
      add(role, results);
      add('assistant', [{ text: '.' }]);
      add(role, rest);
    } else add(role, [...results, ...rest]);
  }
  // A request of nothing but system text has no turn at all.
  const isBare = messages.length === 0;
  if (isBare || (messages[0]?.role !== 'user' && writer.rules.startsWithUser)) {
    messages.unshift({ role: 'user', content: [{ text: 'Follow the instructions above.' }] });
    warn(writer, 'approximated', '/messages', 'a conversation starts with a user turn; one was added');
  }
  finishPrefill(messages, writer);
  return messages.map(({ role, content }) => ({ role, content }));

  function add(role: Turn['role'], content: JsonObject[]): void {
    if (content.length === 0) return;
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content });
  }
}

/** The service refuses a document in a turn that has no text. */
function withText(blocks: JsonObject[], role: Turn['role'], writer: RequestWriter): JsonObject[] {
  if (role !== 'user' || !blocks.some(({ document }) => document !== undefined)) return blocks;
  if (blocks.some(({ text }) => text !== undefined)) return blocks;
  warn(writer, 'approximated', '/messages', 'a document needs a text beside it; one was added');
  return [{ text: 'See the document.' }, ...blocks];
}

/** An assistant turn at the end is continued by some models and refused by others. */
function finishPrefill(
  messages: { role: Turn['role']; content: JsonObject[] }[],
  writer: RequestWriter,
): void {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return;
  const block = last.content.at(-1);
  // White space at the end of a prefill is refused.
  if (typeof block?.text === 'string') block.text = block.text.trimEnd();
  if (writer.rules.prefill && block?.toolUse === undefined) return;
  messages.push({ role: 'user', content: [{ text: 'Continue.' }] });
  const path = `/messages/${writer.message}`;
  warn(writer, 'approximated', path, 'the model continues no assistant turn; a user turn was added');
}
