import type { CanonicalRequest, Message, Part, Tool } from '@dragoman/plugin-sdk';

/** Length of text, in UTF-16 code units, that counts as one token: the usual rule of thumb for English. */
export const charactersPerToken = 4;

/** What a picture, sound or document counts, whatever its size: this model never looks inside. */
const tokensPerMedia = 85;
/** Roles and separators cost something at every real service. */
const tokensPerMessage = 4;

export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

/** Input tokens of a whole request: messages and tool definitions. */
export function countInputTokens(request: CanonicalRequest): number {
  let tokens = 0;
  for (const message of request.messages) tokens += countMessageTokens(message);
  for (const tool of request.tools ?? []) tokens += countToolTokens(tool);
  return tokens;
}

function countMessageTokens(message: Message): number {
  let tokens = tokensPerMessage;
  for (const part of message.parts) tokens += countPartTokens(part);
  return tokens;
}

export function countPartTokens(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return estimateTokens(part.text);
    case 'media':
      return part.source.type === 'text' ? estimateTokens(part.source.text) : tokensPerMedia;
    case 'tool-call':
      return estimateTokens(part.name) + estimateTokens(part.input);
    case 'tool-result': {
      let tokens = 0;
      for (const piece of part.output) tokens += countPartTokens(piece);
      return tokens;
    }
    case 'json':
    case 'opaque':
      return estimateTokens(JSON.stringify(part.value));
  }
}

function countToolTokens(tool: Tool): number {
  return estimateTokens(JSON.stringify(tool));
}
