import { GatewayError } from '../errors/gateway-error.ts';
import { asBuffer } from './as-buffer.ts';
import { ByteCarry } from './byte-carry.ts';
import type { FrameLimits, FrameReader, RawFrame } from './frame-reader.ts';

const quote = 0x22;
const backslash = 0x5c;

/**
 * Reads one JSON array that arrives in pieces (Gemini without `alt=sse`): a frame per element. A body that is not an
 * array, such as an error object, is one frame. A clean end before the array's own end is GW_UPSTREAM_TRUNCATED.
 */
export function createJsonArrayReader(limits: FrameLimits = {}): FrameReader {
  const carry = new ByteCarry(limits);
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inElement = false;
  let kind: 'unknown' | 'array' | 'other' = 'unknown';

  /** Follows one byte; true when it ends an element (it is then not part of it). */
  function endsElement(byte: number): boolean {
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === backslash) escaped = true;
      else if (byte === quote) inString = false;
      return false;
    }
    if (byte === quote) inString = true;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) return --depth === 0;
    return depth === 1 && byte === 0x2c;
  }

  function pushArray(bytes: Buffer, from: number, frames: RawFrame[]): void {
    let start = from;
    for (let index = from; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (!inElement) {
        start = index;
        // Between elements: white space and commas; `]` ends the array, and nothing after it counts.
        if (depth === 0 || isSpace(byte) || byte === 0x2c) continue;
        if (byte === 0x5d) {
          depth = 0;
          continue;
        }
        inElement = true;
      }
      if (!endsElement(byte)) continue;
      frames.push({
        data: carry
          .take(bytes.subarray(start), index - start)
          .toString('utf8')
          .trim(),
      });
      inElement = false;
    }
    if (inElement) carry.add(bytes.subarray(start));
  }

  return {
    push(chunk) {
      const bytes = asBuffer(chunk);
      let from = 0;
      while (kind === 'unknown' && from < bytes.length) {
        const byte = bytes[from] ?? 0;
        if (byte === 0x5b) {
          kind = 'array';
          depth = 1;
        } else if (!isSpace(byte)) kind = 'other';
        if (kind !== 'other') from++;
      }
      const frames: RawFrame[] = [];
      if (kind === 'array') pushArray(bytes, from, frames);
      else if (from < bytes.length) carry.add(bytes.subarray(from));
      return frames;
    },
    end() {
      if (kind === 'array') {
        if (depth === 0) return [];
        const reason = 'its JSON array has no end';
        throw new GatewayError('GW_UPSTREAM_TRUNCATED', { provider: limits.provider ?? '', reason });
      }
      const data = carry.takeAll().toString('utf8').trim();
      return data === '' ? [] : [{ data }];
    },
  };
}

/** White space of JSON, and the three bytes of a BOM. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || isBom(byte);
}

function isBom(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}
