import { asBuffer } from './as-buffer.ts';
import { ByteCarry } from './byte-carry.ts';
import type { FrameLimits, FrameReader, RawFrame } from './frame-reader.ts';

const lineFeed = 0x0a;

/** Reads one JSON value per line. Empty lines are skipped; the last line may lack its line feed. */
export function createNdjsonReader(limits: FrameLimits = {}): FrameReader {
  const carry = new ByteCarry(limits);
  return {
    push(chunk) {
      const bytes = asBuffer(chunk);
      const last = bytes.lastIndexOf(lineFeed);
      if (last < 0) {
        if (bytes.length > 0) carry.add(bytes);
        return [];
      }
      const frames = parseLines(carry.take(bytes, last + 1));
      if (last + 1 < bytes.length) carry.add(bytes.subarray(last + 1));
      return frames;
    },
    end: () => parseLines(carry.takeAll()),
  };
}

function parseLines(bytes: Buffer): RawFrame[] {
  const frames: RawFrame[] = [];
  for (const line of bytes.toString('utf8').split('\n')) {
    // Also drops the CR of a CRLF and a BOM: neither can begin or end a JSON value.
    const data = line.trim();
    if (data !== '') frames.push({ data });
  }
  return frames;
}
