import type { Message, Part, ToolCallPart, ToolResultPart } from './canonical.ts';
import { type RequestPlace, warn } from './request-place.ts';

/** A message and the part of it that calls. */
interface Place {
  message: number;
  part: number;
  call: ToolCallPart;
}

/**
 * The messages with each call answered and each result after its call, as most services demand. Clients that were
 * interrupted leave calls without results, and a history that was cut, or a call only its own service can read, results
 * without calls: such a result is sent as text, and an unanswered call gets a result that says so. Both are told.
 * Returns the same list when there is nothing to do; else parts and messages stand where they stood.
 */
export function pairCalls(messages: Message[], place: RequestPlace): Message[] {
  const open = new Map<string, Place>();
  const seen = new Set<string>();
  const unanswered: Place[] = [];
  let paired: Message[] | undefined;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    for (let at = 0; at < message.parts.length; at++) {
      const part = message.parts[at];
      if (part?.type === 'tool-call' && part.kind !== 'hosted') {
        const before = open.get(part.id);
        if (before !== undefined) unanswered.push(before);
        open.set(part.id, { message: index, part: at, call: part });
        seen.add(part.id);
      } else if (part?.type === 'tool-result' && part.hosted !== true && message.role !== 'assistant') {
        if (!seen.has(part.callId)) {
          paired ??= messages.slice();
          paired[index] = withText(paired[index] ?? message, at, part);
          const text = 'a result whose call is not part of the conversation is sent as text';
          warn(place, 'approximated', `/messages/${index}/parts/${at}`, text);
        } else open.delete(part.callId);
      }
    }
  }
  for (const call of open.values()) unanswered.push(call);
  for (const { message, part, call } of unanswered) {
    const next = answerPlace(messages, message);
    const answer = next === undefined ? undefined : messages[next];
    if (next === undefined || answer === undefined) continue;
    paired ??= messages.slice();
    const { parts, ...rest } = paired[next] ?? answer;
    paired[next] = { ...rest, parts: [...parts, noResult(call)] };
    const text = 'a call without a result is refused: one was added that says there is none';
    warn(place, 'approximated', `/messages/${message}/parts/${part}`, text);
  }
  return paired ?? messages;
}

/** The turn after the calling one; `undefined` while the calling one is the last. */
function answerPlace(messages: Message[], call: number): number | undefined {
  let hasEnded = false;
  for (let index = call + 1; index < messages.length; index++) {
    const role = messages[index]?.role;
    if (role === 'user' || role === 'tool') return index;
    if (role === 'assistant' && hasEnded) return undefined;
    if (role !== 'assistant') hasEnded = true;
  }
  return undefined;
}

function noResult({ id, name }: ToolCallPart): ToolResultPart {
  return {
    type: 'tool-result',
    callId: id,
    name,
    output: [{ type: 'text', text: 'The call has no result.' }],
  };
}

/** The message with text in place of its result at `at`, and what is no text at its end. */
function withText(message: Message, at: number, result: ToolResultPart): Message {
  const parts: Part[] = message.parts.slice();
  const texts: string[] = [];
  for (const part of result.output) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'json') texts.push(JSON.stringify(part.value));
    else parts.push(part);
  }
  const what = result.isError === true ? 'Error' : 'Result';
  parts[at] = {
    type: 'text',
    text: `${what} of tool call ${result.name ?? result.callId}: ${texts.join('\n')}`.trimEnd(),
  };
  if (result.cache !== undefined) parts[at].cache = result.cache;
  if (result.extensions !== undefined) parts[at].extensions = result.extensions;
  const hasResults = parts.some(({ type }) => type === 'tool-result');
  return { ...message, role: message.role === 'tool' && !hasResults ? 'user' : message.role, parts };
}
