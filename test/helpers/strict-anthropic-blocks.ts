import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { type AnthropicFacts, onlyFields, refuseAnthropic } from './anthropic-refusal.ts';
import { asArray, asObject } from './refusal.ts';

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text', 'cache_control', 'citations'],
  image: ['type', 'source', 'cache_control', 'transformations'],
  document: ['type', 'source', 'cache_control', 'citations', 'context', 'title'],
  search_result: ['type', 'source', 'title', 'content', 'cache_control', 'citations'],
  thinking: ['type', 'thinking', 'signature'],
  redacted_thinking: ['type', 'data'],
  tool_use: ['type', 'id', 'name', 'input', 'cache_control', 'caller'],
  tool_result: ['type', 'tool_use_id', 'content', 'is_error', 'cache_control'],
};
const userBlocks = ['text', 'image', 'document', 'search_result', 'tool_result'];
const assistantBlocks = ['text', 'thinking', 'redacted_thinking', 'tool_use'];
/** Written and read back by the service's own tools; let through as they are. */
const serverBlocks =
  /^(server_tool_use|[a-z_]+_tool_result|mcp_tool_use|container_upload|compaction|fallback)$/;

export function checkBlock(block: JsonObject, role: string, path: string, facts: AnthropicFacts): void {
  const type = String(block.type);
  const fields = fieldsOf[type];
  if (fields === undefined) {
    if (serverBlocks.test(type) || (facts.beta && role === 'system')) return;
    refuseAnthropic(
      `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags`,
    );
  }
  const allowed = role === 'assistant' ? assistantBlocks : role === 'system' ? ['text'] : userBlocks;
  if (!allowed.includes(type)) {
    refuseAnthropic(`${path}: \`${type}\` blocks can not be in \`${role}\` messages`);
  }
  onlyFields(block, fields, `${path}.${type}.`);
  checkValues(block, type, path, facts);
}

function checkValues(block: JsonObject, type: string, path: string, facts: AnthropicFacts): void {
  switch (type) {
    case 'text':
      if (typeof block.text !== 'string') refuseAnthropic(`${path}.text.text: Field required`);
      if (block.text === '') refuseAnthropic('messages: text content blocks must be non-empty');
      if (block.text.trim() === '') {
        refuseAnthropic('messages: text content blocks must contain non-whitespace text');
      }
      break;
    case 'image':
    case 'document':
      checkSource(asObject(block.source), type, path);
      break;
    case 'thinking':
      checkSignature(block.signature, 'signature', path, facts);
      break;
    case 'redacted_thinking':
      checkSignature(block.data, 'data', path, facts);
      break;
    case 'tool_use':
      checkToolUse(block, path);
      break;
    case 'tool_result':
      checkToolResult(block, path);
      break;
    default:
  }
}

function checkSource(source: JsonObject | null, type: string, path: string): void {
  const tag = String(source?.type);
  if (source === null || !['base64', 'url', 'file', 'text', 'content'].includes(tag)) {
    refuseAnthropic(`${path}.${type}.source: Input tag '${tag}' does not match any of the expected tags`);
  }
  if (tag === 'base64') {
    const media = String(source.media_type);
    const isKnown =
      type === 'image' ? /^image\/(jpeg|png|gif|webp)$/.test(media) : media === 'application/pdf';
    if (!isKnown)
      refuseAnthropic(`${path}.${type}.source.base64.media_type: Input should be a supported type`);
    if (typeof source.data !== 'string' || !/^[A-Za-z0-9+/]+=*$/.test(source.data)) {
      refuseAnthropic(`${path}.${type}.source.base64.data: Invalid base64 data`);
    }
  }
  if (tag === 'url' && !/^https?:\/\//.test(String(source.url))) {
    refuseAnthropic(`${path}.${type}.source.url.url: Only HTTPS URLs are supported.`);
  }
}

function checkSignature(
  value: Json | undefined,
  field: string,
  path: string,
  { signatures }: AnthropicFacts,
): void {
  if (typeof value !== 'string') refuseAnthropic(`${path}.thinking.${field}: Field required`);
  if (signatures === null || signatures.has(value)) return;
  refuseAnthropic(`${path}: Invalid \`${field}\` in \`thinking\` block`);
}

function checkToolUse(block: JsonObject, path: string): void {
  if (typeof block.id !== 'string' || !/^[a-zA-Z0-9_-]+$/.test(block.id)) {
    refuseAnthropic(`${path}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  }
  if (typeof block.name !== 'string' || !/^[a-zA-Z0-9_-]{1,200}$/.test(block.name)) {
    refuseAnthropic(`${path}.tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,200}$'`);
  }
  if (asObject(block.input) === null) {
    refuseAnthropic(`${path}.tool_use.input: Input should be a valid dictionary`);
  }
}

const resultBlocks = ['text', 'image', 'document', 'search_result', 'tool_reference'];

function checkToolResult(block: JsonObject, path: string): void {
  if (typeof block.tool_use_id !== 'string')
    refuseAnthropic(`${path}.tool_result.tool_use_id: Field required`);
  if (block.content === undefined || typeof block.content === 'string') return;
  const blocks = asArray(block.content);
  if (blocks === null) refuseAnthropic(`${path}.tool_result.content: Input should be a valid list`);
  for (const [index, value] of blocks.entries()) {
    const inner = asObject(value);
    const at = `${path}.tool_result.content.${index}`;
    if (inner === null || !resultBlocks.includes(String(inner.type))) {
      refuseAnthropic(`${at}: Input tag '${String(inner?.type)}' does not match any of the expected tags`);
    }
    if (inner.type === 'text' && (typeof inner.text !== 'string' || inner.text === '')) {
      refuseAnthropic('messages: text content blocks must be non-empty');
    }
  }
}
