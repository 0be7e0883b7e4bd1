import {
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type Part,
  type PartDetail,
  type TextPart,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { writeCache } from './cache.ts';
import { DIALECT, ownFields } from './dialect.ts';
import { encodeMedia } from './encode-media.ts';
import { type RequestWriter, warnForeign, writeKept } from './writer.ts';

/** A part of the content of a system, user or assistant message; `undefined`, with a warning, if it has no place. */
export function encodeContentPart(part: Part, writer: RequestWriter): Json | undefined {
  const encoded = encodePart(part, writer);
  if (encoded === undefined || part.type === 'opaque' || !isObject(encoded)) return encoded;
  warnLost(part, part.type === 'media' ? shownOf(part) : ['citations', 'logprobs'], writer);
  if (part.cache !== undefined && !writer.cacheOnMessage) writeCache(encoded, part, writer);
  if (part.extensions !== undefined) {
    writeKept(writer, encoded, part.extensions);
    warnForeign(writer, part.extensions);
  }
  return encoded;
}

/** What the entry of an image, a sound or a document says of it. */
function shownOf({ mediaType, source }: MediaPart): readonly PartDetail[] {
  const isDocument = !/^(?:image|audio|video)\//.test(mediaType);
  if (!isDocument) return mediaType.startsWith('audio/') ? [] : ['detail'];
  return source.type === 'text' ? ['title', 'filename'] : ['filename'];
}

function encodePart(part: Part, writer: RequestWriter): Json | undefined {
  switch (part.type) {
    case 'text':
      warnTextLosses(part, writer);
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.text };
    case 'json':
      return { type: 'text', text: JSON.stringify(part.value) };
    case 'reasoning': {
      const thinking = ownFields(part.extensions)?.$thinking;
      return { type: 'thinking', thinking: thinking ?? [{ type: 'text', text: part.text }] };
    }
    case 'media':
      return encodeMedia(part, writer);
    case 'opaque':
      if (part.dialect === DIALECT) return part.value;
      warnHere(writer, 'dropped', `a part only ${part.dialect} can read is left out`);
      return undefined;
    default:
      warnHere(writer, 'dropped', `a '${part.type}' has no place here`);
      return undefined;
  }
}

/** Also tells of what a text part is left without. */
export function warnTextLosses(part: TextPart, writer: RequestWriter): void {
  if (part.citations !== undefined && part.citations.length > 0) {
    warnHere(writer, 'dropped', 'the service takes no citations in earlier messages', '/citations');
  }
}

/** How parts become `content` where nothing says how it was written. */
export interface ContentRule {
  /** Put between texts that become one string; absent: several texts stay a list. */
  joint?: string;
}

/**
 * `content` of `encoded` parts. `form` is how this dialect's own message was written. One plain text is a string:
 * every service takes that.
 */
export function joinContent(
  encoded: Json[],
  form: Json | undefined,
  rule: ContentRule,
  writer: RequestWriter,
): Json | undefined {
  switch (form) {
    case 'empty':
      return '';
    case 'null':
      return null;
    case 'absent':
      return undefined;
    case 'parts':
      if (writer.options.textContent !== 'string') return encoded;
      break;
    default:
  }
  if (encoded.length === 0) return '';
  const joint = writer.options.textContent === 'string' ? (rule.joint ?? '\n\n') : rule.joint;
  if (encoded.length > 1 && joint === undefined) return encoded;
  let text = '';
  for (let at = 0; at < encoded.length; at++) {
    const part = encoded[at];
    if (!isPlainText(part)) return encoded;
    text += at === 0 ? part.text : joint + part.text;
  }
  return text;
}

function isPlainText(part: Json | undefined): part is JsonObject & { text: string } {
  if (!isObject(part) || part.type !== 'text') return false;
  for (const key in part) if (key !== 'type' && key !== 'text') return false;
  return true;
}
