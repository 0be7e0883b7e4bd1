import type { CanonicalRequest, Json, Message, Part, Tool, ToolChoice } from '@dragoman/plugin-sdk';
import { mediaTokens } from './media-tokens.ts';

/** What of a request is to be counted: texts for the tokenizer, and the tokens of what is no text. */
export interface Collected {
  texts: string[];
  tokens: number;
}

/** Marks of role and end around every message, as OpenAI's published rule counts them. */
const perMessage = 4;
/** The opening of the answer. */
const perRequest = 3;
/** Marks around the declaration of a tool. */
const perTool = 8;
/**
 * What a service tells its model before the first tool. Recorded requests show 15 (Mistral) to 80 (OpenAI), and some
 * hundreds at others.
 */
const beforeTools = 64;

/** Finds everything a model reads of a request: messages, tools, the schema of the answer. Pure; runs on any thread. */
export function collectTokens(request: CanonicalRequest): Collected {
  const found: Collected = { texts: [], tokens: perRequest };
  for (const message of request.messages) collectMessage(message, found);
  if (request.tools !== undefined && request.tools.length > 0) found.tokens += beforeTools;
  for (const tool of request.tools ?? []) collectTool(tool, request.toolChoice, found);
  if (request.output?.format === 'json' && request.output.schema !== undefined) {
    found.texts.push(JSON.stringify(request.output.schema));
  }
  return found;
}

function collectMessage(message: Message, found: Collected): void {
  found.tokens += perMessage;
  if (message.name !== undefined) found.texts.push(message.name);
  for (const part of message.parts) collectPart(part, found);
}

function collectPart(part: Part, found: Collected): void {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      found.texts.push(part.text);
      return;
    case 'tool-call':
      found.texts.push(part.name, part.input);
      found.tokens += perMessage;
      return;
    case 'tool-result':
      found.tokens += perMessage;
      for (const output of part.output) collectPart(output, found);
      return;
    case 'json':
      found.texts.push(JSON.stringify(part.value));
      return;
    case 'media':
      if (part.source.type === 'text') found.texts.push(part.source.text);
      else found.tokens += mediaTokens(part);
      return;
    case 'opaque':
      collectOpaque(part.value, found);
  }
}

/** A tool that may not be called is still read. */
function collectTool(tool: Tool, choice: ToolChoice | undefined, found: Collected): void {
  found.tokens += perTool;
  switch (tool.type) {
    case 'function':
      found.texts.push(tool.name, tool.description ?? '', JSON.stringify(tool.inputSchema));
      break;
    case 'custom':
      found.texts.push(tool.name, tool.description ?? '');
      if (tool.grammar !== undefined) collectOpaque(tool.grammar, found);
      break;
    case 'opaque':
      collectOpaque(tool.value, found);
      break;
    case 'web-search':
      // The service adds its own description, which nobody publishes.
      break;
  }
  if (choice?.type === 'tool' && 'name' in tool && choice.name === tool.name) found.tokens += perTool;
}

/** Of what only its own dialect can read, the words count and the structure does not. */
function collectOpaque(value: Json | undefined, found: Collected): void {
  if (typeof value === 'string') found.texts.push(value);
  else if (Array.isArray(value)) for (const item of value) collectOpaque(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const key in value) collectOpaque(value[key], found);
  }
}
