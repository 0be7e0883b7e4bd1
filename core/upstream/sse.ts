import { asBuffer } from './as-buffer.ts';
import { ByteCarry } from './byte-carry.ts';
import type { FrameLimits, FrameReader, RawFrame } from './frame-reader.ts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Reads a `text/event-stream` body after the WHATWG grammar: lines end in LF, CR or CRLF, `id` and `retry` are ignored,
 * a BOM at the start is dropped. One departure: an event without its blank line at a clean end of the stream is given
 * out, because many OpenAI-compatible servers omit the last one. Do not call `end` for a stream that was cut.
 *
 * Bytes are only searched, natively, for the last blank line; what stands before it is decoded in one go. So a
 * character split between two reads never needs care, and a slow drip costs no re-reading.
 */
export function createSseReader(limits: FrameLimits = {}): FrameReader {
  const carry = new ByteCarry(limits);
  let endsInLf = false;
  let endsInCr = false;
  let first = true;

  function parse(bytes: Buffer, end: number): RawFrame[] {
    let text = bytes.toString('utf8', 0, end);
    if (first) {
      first = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    return parseEvents(text);
  }

  return {
    push(chunk) {
      let bytes = asBuffer(chunk);
      if (endsInCr && bytes[0] === lineFeed) bytes = bytes.subarray(1);
      if (bytes.length === 0) {
        if (chunk.length > 0) endsInCr = false;
        return [];
      }
      const last = bytes[bytes.length - 1];
      endsInCr = last === carriageReturn;
      if (bytes.includes(carriageReturn)) bytes = normaliseLineEnds(bytes);
      const boundary = lastBlankLine(bytes, endsInLf);
      endsInLf = bytes[bytes.length - 1] === lineFeed;
      if (boundary < 0) {
        carry.add(bytes);
        return [];
      }
      const whole = carry.take(bytes, boundary);
      const frames = parse(whole, whole.length);
      if (boundary < bytes.length) carry.add(bytes.subarray(boundary));
      return frames;
    },
    end() {
      const rest = carry.takeAll();
      return rest.length === 0 ? [] : parse(rest, rest.length);
    },
  };
}

/** Index after the last blank line; -1 when there is none. `afterLf`: the byte before these was a line feed. */
function lastBlankLine(bytes: Buffer, afterLf: boolean): number {
  const { length } = bytes;
  // Servers flush at the end of an event, so this is nearly always it.
  if (length > 1 && bytes[length - 1] === lineFeed && bytes[length - 2] === lineFeed) return length;
  const index = bytes.lastIndexOf('\n\n');
  if (index >= 0) return index + 2;
  return afterLf && bytes[0] === lineFeed ? 1 : -1;
}

function normaliseLineEnds(bytes: Buffer): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte === carriageReturn) {
      result[length++] = lineFeed;
      if (bytes[index + 1] === lineFeed) index++;
    } else {
      result[length++] = byte;
    }
  }
  return result.subarray(0, length);
}

/** Whole events, lines ended by LF alone; the last may lack its blank line. */
function parseEvents(text: string): RawFrame[] {
  const frames: RawFrame[] = [];
  let start = 0;
  while (start < text.length) {
    if (text.charCodeAt(start) === lineFeed) {
      start++;
      continue;
    }
    let end = text.indexOf('\n\n', start);
    if (end < 0) end = text.charCodeAt(text.length - 1) === lineFeed ? text.length - 1 : text.length;
    const frame = parseEvent(text, start, end);
    if (frame !== null) frames.push(frame);
    start = end + 2;
  }
  return frames;
}

/** The lines of one event, `[start, end)`; null when none of them is `data`. */
function parseEvent(text: string, start: number, end: number): RawFrame | null {
  let event = '';
  let data: string | null = null;
  let at = start;
  while (at < end) {
    let lineEnd = text.indexOf('\n', at);
    if (lineEnd < 0 || lineEnd > end) lineEnd = end;
    if (isField(text, 'data', at, lineEnd)) {
      const value = fieldValue(text, at + 4, lineEnd);
      data = data === null ? value : `${data}\n${value}`;
    } else if (isField(text, 'event', at, lineEnd)) {
      event = fieldValue(text, at + 5, lineEnd);
    }
    at = lineEnd + 1;
  }
  if (data === null) return null;
  return event === '' ? { data } : { event, data };
}

/** A name may stand alone on its line: `data` is an empty line of data. */
function isField(text: string, name: string, at: number, lineEnd: number): boolean {
  if (!text.startsWith(name, at)) return false;
  const after = at + name.length;
  return after === lineEnd || (after < lineEnd && text.charCodeAt(after) === 0x3a);
}

/** `colon` is where the colon stands, or the line's end. One space after it is not part of the value. */
function fieldValue(text: string, colon: number, lineEnd: number): string {
  if (colon >= lineEnd) return '';
  const start = colon + 1;
  return text.slice(text.charCodeAt(start) === 0x20 && start < lineEnd ? start + 1 : start, lineEnd);
}
