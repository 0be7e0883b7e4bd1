import {
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type OpaquePart,
  type Part,
  type ReasoningPart,
} from '@dragoman/plugin-sdk';
import { CACHE_FIELDS, readCache } from './cache.ts';
import { decodeMedia } from './decode-media.ts';
import { DIALECT, keepOwn, makeOwn } from './dialect.ts';

const TEXT_FIELDS = new Set<string>(['type', 'text', ...CACHE_FIELDS]);
const REFUSAL_FIELDS = new Set<string>(['type', 'refusal', ...CACHE_FIELDS]);
const THINKING_FIELDS = new Set<string>(['type', 'thinking', ...CACHE_FIELDS]);
const MEDIA_SOURCES = ['image_url', 'video_url', 'document_url', 'input_audio', 'file'] as const;
const MEDIA_FIELDS = new Set<string>(['type', ...MEDIA_SOURCES, ...CACHE_FIELDS]);

/** One entry of a `content` list. An entry of an unknown or unexpected shape is kept whole. */
export function decodeContentPart(part: Json): Part {
  if (!isObject(part)) return opaquePart(part);
  switch (part.type) {
    case 'text':
      if (typeof part.text !== 'string') return opaquePart(part);
      return finish({ type: 'text', text: part.text }, leftover(part, TEXT_FIELDS), part);
    case 'refusal':
      if (typeof part.refusal !== 'string') return opaquePart(part);
      // `refusal` is also a field of the message: this one stood in the content.
      return place({ type: 'refusal', text: part.refusal }, leftover(part, REFUSAL_FIELDS), part);
    case 'thinking':
      return decodeThinking(part) ?? opaquePart(part);
    default: {
      const media = decodeMedia(part);
      return media === undefined ? opaquePart(part) : finish(media, leftoverOf(part), part);
    }
  }
}

/** Only the field that the type names belongs to the media; the others are kept. */
function leftoverOf(part: JsonObject): JsonObject | undefined {
  let rest = leftover(part, MEDIA_FIELDS);
  for (const key of MEDIA_SOURCES) {
    if (key === part.type || part[key] === undefined) continue;
    rest ??= {};
    rest[key] = part[key];
  }
  return rest;
}

/** Mistral's reasoning models write their thinking as a part of the content: `thinking: [{ type: 'text', text }]`. */
function decodeThinking(part: JsonObject): Part | undefined {
  if (!Array.isArray(part.thinking)) return undefined;
  let text = '';
  for (const piece of part.thinking) {
    if (!isObject(piece) || piece.type !== 'text' || typeof piece.text !== 'string') return undefined;
    text += piece.text;
  }
  const reasoning: ReasoningPart = { type: 'reasoning', text };
  const decoded = place(reasoning, leftover(part, THINKING_FIELDS), part);
  if (part.thinking.length !== 1 || !isPlainText(part.thinking[0]))
    makeOwn(decoded).$thinking = part.thinking;
  return decoded;
}

function isPlainText(piece: Json | undefined): boolean {
  return isObject(piece) && leftover(piece, PIECE_FIELDS) === undefined;
}

const PIECE_FIELDS = new Set(['type', 'text']);

function opaquePart(value: Json): OpaquePart {
  return { type: 'opaque', dialect: DIALECT, value };
}

function finish<Decoded extends Part>(
  part: Decoded,
  rest: JsonObject | undefined,
  wire: JsonObject,
): Decoded {
  keepOwn(part, rest);
  if (wire.cache_control !== undefined || wire.prompt_cache_breakpoint !== undefined) readCache(part, wire);
  return part;
}

function place<Decoded extends Part>(part: Decoded, rest: JsonObject | undefined, wire: JsonObject): Decoded {
  makeOwn(part).$place = 'content';
  return finish(part, rest, wire);
}
