import type { Json, JsonObject } from '@dragoman/plugin-sdk';

/** What a tool gave, for the client to send back. */
export interface GivenResult {
  id: string;
  name: string;
  text: string;
}
/** Puts the reply it was shown, and what came of it, behind a client's last request: as its own SDK would. */
type Continue = (body: JsonObject, reply: JsonObject, results: GivenResult[]) => void;

const list = (body: JsonObject, field: string): Json[] => body[field] as Json[];

function chatTurn(body: JsonObject, reply: JsonObject, results: GivenResult[]): void {
  const [choice] = reply.choices as JsonObject[];
  list(body, 'messages').push(choice?.message ?? null);
  for (const { id, text } of results)
    list(body, 'messages').push({ role: 'tool', tool_call_id: id, content: text });
  if (results.length === 0) list(body, 'messages').push({ role: 'user', content: 'go on' });
}

/** By client dialect; those that take one prompt have no second turn. */
export const nextTurns: Record<string, Continue> = {
  'openai-chat': chatTurn,
  'anthropic-messages': (body, reply, results) => {
    const content = results.map(({ id, text }) => ({ type: 'tool_result', tool_use_id: id, content: text }));
    list(body, 'messages').push({ role: 'assistant', content: reply.content });
    list(body, 'messages').push({ role: 'user', content: content.length > 0 ? content : 'go on' });
  },
  'openai-responses': (body, reply, results) => {
    list(body, 'input').push(...(reply.output as Json[]));
    for (const { id, text } of results)
      list(body, 'input').push({ type: 'function_call_output', call_id: id, output: text });
    if (results.length === 0) list(body, 'input').push({ role: 'user', content: 'go on' });
  },
  gemini: (body, reply, results) => {
    const [candidate] = reply.candidates as JsonObject[];
    const parts = results.map(({ id, name, text }) => ({
      functionResponse: { id, name, response: { output: text } },
    }));
    list(body, 'contents').push(candidate?.content ?? null);
    list(body, 'contents').push({ role: 'user', parts: parts.length > 0 ? parts : [{ text: 'go on' }] });
  },
  ollama: (body, reply, results) => {
    list(body, 'messages').push(reply.message ?? null);
    for (const { id, name, text } of results)
      list(body, 'messages').push({ role: 'tool', tool_name: name, tool_call_id: id, content: text });
    if (results.length === 0) list(body, 'messages').push({ role: 'user', content: 'go on' });
  },
};
