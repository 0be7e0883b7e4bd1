import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { type AnthropicFacts, claudeVersion, onlyFields, refuseAnthropic } from './anthropic-refusal.ts';
import { asArray, asObject } from './refusal.ts';
import { checkBlock } from './strict-anthropic-blocks.ts';

interface Turn {
  role: string;
  blocks: JsonObject[];
  /** Index of its first message. */
  index: number;
}

/** Neighbours of one role are one turn, as the service itself merges them. */
export function checkMessages(messages: readonly Json[], body: JsonObject, facts: AnthropicFacts): void {
  if (messages.length === 0) refuseAnthropic('messages: at least one message is required');
  const version = claudeVersion(String(body.model));
  const turns: Turn[] = [];
  for (const [index, value] of messages.entries()) {
    const message = asObject(value);
    if (message === null) refuseAnthropic(`messages.${index}: Input should be a valid dictionary`);
    onlyFields(message, ['role', 'content'], `messages.${index}.`);
    const role = String(message.role);
    checkRole(role, index, version, facts);
    const isLastAssistant = role === 'assistant' && index === messages.length - 1;
    const blocks = blocksOf(message.content, index, isLastAssistant);
    for (const [at, block] of blocks.entries())
      checkBlock(block, role, `messages.${index}.content.${at}`, facts);
    const last = turns.at(-1);
    if (last !== undefined && last.role === role) last.blocks.push(...blocks);
    else turns.push({ role, blocks, index });
  }
  if (turns[0]?.role !== 'user') refuseAnthropic('messages: first message must use the "user" role');
  // A system turn stands beside the exchange of calls and results.
  const spoken = turns.filter((turn) => turn.role !== 'system');
  checkCalls(spoken);
  checkLast(spoken.at(-1), version);
  if (asObject(body.thinking)?.type === 'enabled') checkThinkingFirst(spoken);
}

function checkRole(role: string, index: number, version: number, { beta }: AnthropicFacts): void {
  if (role === 'user' || role === 'assistant') return;
  if (role === 'system' && (beta || version >= 408)) return;
  refuseAnthropic(`messages.${index}.role: Input should be 'user' or 'assistant'`);
}

function blocksOf(content: Json | undefined, index: number, mayBeEmpty: boolean): JsonObject[] {
  if (content === undefined) refuseAnthropic(`messages.${index}.content: Field required`);
  const isEmpty = content === '' || (Array.isArray(content) && content.length === 0);
  if (isEmpty && !mayBeEmpty) {
    const rule = 'all messages must have non-empty content except for the optional final assistant message';
    refuseAnthropic(`messages.${index}: ${rule}`);
  }
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  const blocks = asArray(content);
  if (blocks === null) refuseAnthropic(`messages.${index}.content: Input should be a valid string or list`);
  return blocks.map((block, at) => {
    const object = asObject(block);
    if (object !== null) return object;
    return refuseAnthropic(`messages.${index}.content.${at}: Input should be a valid dictionary`);
  });
}

/** Every call has its result at the head of the next turn, and every result its call in the turn before. */
function checkCalls(turns: readonly Turn[]): void {
  for (const [position, turn] of turns.entries()) {
    const calls = idsOf(turn.blocks, 'tool_use', 'id');
    const next = turns[position + 1];
    const results =
      next === undefined ? [] : idsOf(leadingResults(next.blocks), 'tool_result', 'tool_use_id');
    const missing = calls.filter((id) => !results.includes(id));
    if (missing.length > 0 && turn.role === 'assistant') {
      refuseAnthropic(
        `messages.${turn.index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ` +
          `${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
    if (new Set(calls).size !== calls.length) refuseAnthropic('messages: `tool_use` ids must be unique');
    checkResults(turn, turns[position - 1]);
  }
}

function checkResults(turn: Turn, before: Turn | undefined): void {
  const known = before?.role === 'assistant' ? idsOf(before.blocks, 'tool_use', 'id') : [];
  const seen = new Set<string>();
  for (const id of idsOf(turn.blocks, 'tool_result', 'tool_use_id')) {
    if (!known.includes(id)) {
      refuseAnthropic(
        `messages.${turn.index}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. ` +
          'Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
      );
    }
    if (seen.has(id)) {
      refuseAnthropic(
        `messages.${turn.index}.content: each tool_use must have a single result. Found multiple: ${id}`,
      );
    }
    seen.add(id);
  }
}

function leadingResults(blocks: readonly JsonObject[]): JsonObject[] {
  const end = blocks.findIndex((block) => block.type !== 'tool_result');
  return blocks.slice(0, end < 0 ? blocks.length : end);
}

function idsOf(blocks: readonly JsonObject[], type: string, field: string): string[] {
  return blocks.filter((block) => block.type === type).map((block) => String(block[field]));
}

function checkLast(last: Turn | undefined, version: number): void {
  if (last?.role !== 'assistant') return;
  if (version >= 406) {
    refuseAnthropic(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
  const text = last.blocks.at(-1)?.text;
  if (typeof text === 'string' && text !== text.trimEnd()) {
    refuseAnthropic('messages: final assistant content cannot end with trailing whitespace');
  }
}

/** With thinking on, the turn whose calls are being answered begins with what the model thought. */
function checkThinkingFirst(turns: readonly Turn[]): void {
  const asked = turns.at(-2);
  const answered = turns.at(-1);
  if (asked?.role !== 'assistant' || !answered?.blocks.some((block) => block.type === 'tool_result')) return;
  const first = String(asked.blocks[0]?.type);
  if (first === 'thinking' || first === 'redacted_thinking') return;
  refuseAnthropic(
    `messages.${asked.index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. ` +
      'When `thinking` is enabled, a final `assistant` message must start with a thinking block.',
  );
}
