import {
  type CanonicalEvent,
  isCustomTool,
  isObject,
  type Json,
  type JsonObject,
  type PartDelta,
  type TranslateContext,
  unwrapInput,
} from '@dragoman/plugin-sdk';
import { decodeCitation } from './citations.ts';
import { decodeBlock, decodeCallStart } from './decode-blocks.ts';
import { callStart, type DecodeState, type OpenBlock } from './decode-stream-state.ts';
import { DIALECT, FAMILY } from './dialect.ts';
import { answerToolOf } from './memo.ts';
import { unwrapSignature } from './signatures.ts';
import { clientToolName } from './tool-names.ts';

export function startBlock(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const block = wire.content_block;
  if (!isObject(block)) return;
  const key = String(wire.index);
  endBlock(state, key, events);
  switch (block.type) {
    case 'text':
    case 'thinking':
    case 'redacted_thinking':
      startText(state, key, block, events, context);
      return;
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      if (startCall(state, key, block, events, context)) return;
      break;
    default: {
      const part = decodeBlock(block, context.provider.family);
      if (part.type !== 'tool-result') break;
      const open = openBlock(state, key, 'whole');
      events.push({ type: 'part-start', index: open.index, part: { type: 'tool-result', part } });
      return;
    }
  }
  openBlock(state, key, 'held').held = block;
}

function openBlock(state: DecodeState, key: string, kind: OpenBlock['kind']): OpenBlock {
  const open: OpenBlock = { index: state.nextIndex++, kind };
  state.open[key] = open;
  return open;
}

/** What such a block starts with is passed on at once: nothing, as a rule. */
function startText(
  state: DecodeState,
  key: string,
  block: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  // An empty list only announces that citations may follow.
  const isAnnounced = Array.isArray(block.citations) && block.citations.length === 0;
  const part = decodeBlock(isAnnounced ? { ...block, citations: undefined } : block, context.provider.family);
  if (part.type !== 'text' && part.type !== 'reasoning') {
    openBlock(state, key, 'held').held = block;
    return;
  }
  const { index } = openBlock(state, key, part.type);
  const start: CanonicalEvent = { type: 'part-start', index, part: { type: part.type } };
  if (part.type === 'reasoning' && part.redacted && start.part.type === 'reasoning')
    start.part.redacted = true;
  if (part.extensions !== undefined) start.part.extensions = part.extensions;
  events.push(start);
  if (part.text !== '')
    events.push({ type: 'part-delta', index, delta: { type: part.type, text: part.text } });
  if (part.type === 'text') {
    for (const citation of part.citations ?? []) {
      events.push({ type: 'part-delta', index, delta: { type: 'citation', citation } });
    }
  } else if (part.signature !== undefined && part.signature.value !== '') {
    events.push({ type: 'part-delta', index, delta: { type: 'signature', signature: part.signature } });
  }
}

function startCall(
  state: DecodeState,
  key: string,
  block: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): boolean {
  const call = decodeCallStart(block);
  if (call === undefined) return false;
  if (block.type === 'tool_use' && call.name === answerToolOf(context)) {
    const { index } = openBlock(state, key, 'text');
    events.push({ type: 'part-start', index, part: { type: 'text' } });
    return true;
  }
  if (call.kind === 'function') Object.assign(call, clientToolName(context, call.name));
  const isCustom = call.kind === 'function' && isCustomTool(context, call.name);
  const open = openBlock(state, key, 'call');
  if (isCustom) open.wrapped = '';
  else open.input = block.input ?? {};
  if (call.kind !== 'hosted') state.hasCalls = true;
  events.push(callStart(call, open.index, isCustom ? 'custom' : call.kind));
  return true;
}

export function applyDelta(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  family: string,
): void {
  const delta = wire.delta;
  if (!isObject(delta)) return;
  const key = String(wire.index);
  const open = state.open[key] ?? openUnannounced(state, key, delta, events);
  if (open === undefined) return;
  if (open.kind === 'held') {
    collect(open, delta);
    return;
  }
  const decoded = decodeDelta(open, delta, family);
  if (decoded !== undefined) events.push({ type: 'part-delta', index: open.index, delta: decoded });
}

function decodeDelta(open: OpenBlock, delta: JsonObject, family: string): PartDelta | undefined {
  switch (delta.type) {
    case 'text_delta':
      return textDelta('text', delta.text);
    case 'input_json_delta': {
      const text = delta.partial_json;
      if (typeof text !== 'string' || text === '') return undefined;
      if (open.wrapped !== undefined) {
        open.wrapped += text;
        return undefined;
      }
      if (open.kind === 'text') return { type: 'text', text };
      delete open.input;
      return { type: 'tool-input', text };
    }
    case 'thinking_delta':
      return textDelta('reasoning', delta.thinking);
    case 'signature_delta':
      if (typeof delta.signature !== 'string' || delta.signature === '') return undefined;
      return { type: 'signature', signature: unwrapSignature(delta.signature, family) };
    case 'citations_delta':
      return { type: 'citation', citation: decodeCitation(delta.citation ?? null) };
    default:
      return { type: 'opaque', dialect: DIALECT, family: FAMILY, value: delta };
  }
}

function textDelta(type: 'text' | 'reasoning', text: Json | undefined): PartDelta | undefined {
  return typeof text === 'string' && text !== '' ? { type, text } : undefined;
}

/** Some compatible services send a block's text without announcing the block. */
function openUnannounced(
  state: DecodeState,
  key: string,
  delta: JsonObject,
  events: CanonicalEvent[],
): OpenBlock | undefined {
  const type =
    delta.type === 'text_delta' ? 'text' : delta.type === 'thinking_delta' ? 'reasoning' : undefined;
  if (type === undefined) return undefined;
  const open = openBlock(state, key, type);
  events.push({ type: 'part-start', index: open.index, part: { type } });
  return open;
}

/** Puts the deltas of a block the hub has no word for into it: texts grow, anything else is replaced. */
function collect(open: OpenBlock, delta: JsonObject): void {
  if (open.held === undefined) return;
  const held = { ...open.held };
  for (const key in delta) {
    if (key === 'type') continue;
    const before = held[key];
    const more = delta[key];
    held[key] = typeof before === 'string' && typeof more === 'string' ? before + more : more;
  }
  open.held = held;
}

/** A call whose input never came has `{}` when it is complete; when it is cut off, nobody knows. */
export function endBlock(state: DecodeState, key: string, events: CanonicalEvent[], isComplete = true): void {
  const open = state.open[key];
  if (open === undefined) return;
  delete state.open[key];
  const { index } = open;
  if (open.held !== undefined) {
    const part: CanonicalEvent = {
      type: 'part-start',
      index,
      part: { type: 'opaque', dialect: DIALECT, family: FAMILY, value: open.held },
    };
    events.push(part);
  } else if (open.wrapped !== undefined) {
    const text = unwrapInput(open.wrapped);
    if (text !== '') events.push({ type: 'part-delta', index, delta: { type: 'tool-input', text } });
  } else if (open.input !== undefined && isComplete) {
    // No delta came: the input stood in the block's start, or there is none.
    events.push({
      type: 'part-delta',
      index,
      delta: { type: 'tool-input', text: JSON.stringify(open.input) },
    });
  }
  events.push({ type: 'part-end', index });
}

/** Ends what the upstream left open, in the order it began. */
export function endOpenBlocks(state: DecodeState, events: CanonicalEvent[], isComplete: boolean): void {
  for (const key in state.open) endBlock(state, key, events, isComplete);
}
