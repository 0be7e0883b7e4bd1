import type { CanonicalRequest, Json, Part, ToolCallPart } from '@dragoman/plugin-sdk';

/** Hosted calls, their results and opaque parts have no meaning in another dialect's request. */
export function onlyCommonParts(request: CanonicalRequest): CanonicalRequest {
  const messages = request.messages.map((message) => ({ ...message, parts: message.parts.filter(isCommon) }));
  return { ...request, messages };
}

function isCommon(part: Part): boolean {
  if (part.type === 'tool-call') return (part satisfies ToolCallPart).kind === 'function';
  if (part.type === 'tool-result') return part.hosted !== true;
  return part.type !== 'opaque';
}

interface WireMessage {
  role: string;
  content: { type: string; id?: string; tool_use_id?: string; text?: string }[];
}

/** What the service refuses about the order of messages and blocks; empty when it takes them. */
export function findOrderFaults(messages: Json | undefined): string[] {
  const faults: string[] = [];
  const list = messages as unknown as WireMessage[];
  if (list[0]?.role !== 'user') faults.push('the first message is not the user’s');
  list.forEach((message, index) => {
    if (message.content.length === 0) faults.push(`message ${index} is empty`);
    if (list[index - 1]?.role === message.role) faults.push(`message ${index} repeats its role`);
    if (message.content.some((block) => block.type === 'text' && block.text?.trim() === '')) {
      faults.push(`message ${index} has a blank text`);
    }
    const results = message.content.findLastIndex((block) => block.type === 'tool_result');
    const others = message.content.findIndex((block) => block.type !== 'tool_result');
    if (results >= 0 && others >= 0 && others < results)
      faults.push(`message ${index} has results behind other blocks`);
    const called = message.content.filter((block) => block.type === 'tool_use').map((block) => block.id);
    const answers = list[index + 1]?.content ?? [];
    for (const id of called) {
      if (list.length > index + 1 && !answers.some((block) => block.tool_use_id === id)) {
        faults.push(`call ${id} of message ${index} is not answered in the next`);
      }
    }
  });
  return faults;
}
