import { isObject, type Json, type JsonObject, type Warning } from '@dragoman/plugin-sdk';
import { adaptContent } from './adapt-content.ts';
import { keepKnown } from './json.ts';

const FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  system: new Set(['role', 'content']),
  user: new Set(['role', 'content']),
  assistant: new Set(['role', 'content', 'tool_calls', 'prefix']),
  tool: new Set(['role', 'content', 'tool_call_id', 'name']),
};
const CALL_FIELDS = new Set(['id', 'type', 'function', 'index']);

/** The messages in the shapes and in the order the service takes. */
export function adaptMessages(messages: readonly Json[], warnings: Warning[]): Json[] {
  const adapted: Json[] = [];
  for (const [index, wire] of messages.entries()) {
    if (!isObject(wire)) {
      adapted.push(wire);
      continue;
    }
    const message = { ...wire };
    const path = `/messages/${index}`;
    if (message.role === 'assistant') adaptAssistant(message);
    const fields = FIELDS[String(message.role)];
    if (fields !== undefined) keepKnown(message, fields, path, warnings);
    if (message.content !== undefined) message.content = adaptContent(message.content, path, warnings);
    if (isEmptyAssistant(message)) continue;
    if (needsAnswerBetween(adapted.at(-1), message)) {
      adapted.push({ role: 'assistant', content: 'OK' });
      const text = "between a tool's result and the next words of a user stands an answer: 'OK' is sent";
      warnings.push({ code: 'approximated', path, message: text });
    }
    adapted.push(message);
  }
  finish(adapted, warnings);
  return adapted;
}

/** Earlier thoughts stand in the content, before what was said; a refusal is text. */
function adaptAssistant(message: JsonObject): void {
  const { reasoning_content: thought, refusal } = message;
  delete message.reasoning_content;
  if (typeof refusal === 'string' && refusal !== '') {
    delete message.refusal;
    append(message, { type: 'text', text: refusal });
  }
  if (typeof thought === 'string' && thought !== '') {
    const said = listOf(message.content);
    message.content = [{ type: 'thinking', thinking: [{ type: 'text', text: thought }] }, ...said];
  }
  if (Array.isArray(message.tool_calls)) message.tool_calls = message.tool_calls.map(adaptCall);
}

/** Without what another dialect put beside a call: an empty value of a kind the service lacks, or a signature. */
function adaptCall(call: Json): Json {
  if (!isObject(call)) return call;
  const adapted: JsonObject = {};
  for (const name of Object.keys(call)) if (CALL_FIELDS.has(name)) adapted[name] = call[name];
  return adapted;
}

function append(message: JsonObject, part: Json): void {
  message.content = [...listOf(message.content), part];
}

function listOf(content: Json | undefined): Json[] {
  if (Array.isArray(content)) return content;
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : [];
}

/** "Assistant message must have either content or tool_calls, but not none." */
function isEmptyAssistant({ role, content, tool_calls }: JsonObject): boolean {
  if (role !== 'assistant' || (Array.isArray(tool_calls) && tool_calls.length > 0)) return false;
  return (
    content === undefined ||
    content === null ||
    content === '' ||
    (Array.isArray(content) && content.length === 0)
  );
}

/** "Unexpected role 'user' after role 'tool'" (seen 2026-01; its own clients put a short answer between). */
function needsAnswerBetween(before: Json | undefined, { role }: JsonObject): boolean {
  return isObject(before) && before.role === 'tool' && (role === 'user' || role === 'system');
}

/** "Expected last role User or Tool (or Assistant with prefix True)". */
function finish(messages: readonly Json[], warnings: Warning[]): void {
  const last = messages.at(-1);
  if (!isObject(last)) return;
  if (last.role === 'assistant' && !Array.isArray(last.tool_calls)) last.prefix = true;
  if (last.role !== 'system') return;
  last.role = 'user';
  const text = 'the last words cannot be the system’s: they are sent as the user’s';
  warnings.push({ code: 'approximated', path: `/messages/${messages.length - 1}/role`, message: text });
}
