import type { Frame, Json } from '@dragoman/plugin-sdk';
import type { RawFrame } from '../upstream/frame-reader.ts';

export type { RawFrame } from '../upstream/frame-reader.ts';

/** Parses a frame's data; a sentinel such as `[DONE]` (or anything else that is not JSON) stays a string. */
export function parseFrame(raw: RawFrame): Frame {
  const first = raw.data.charCodeAt(0);
  // `{` or `[`: nearly always JSON. `[DONE]` begins like an array, so parsing may fail.
  let data: Json = raw.data;
  if (first === 0x7b || (first === 0x5b && raw.data !== '[DONE]')) {
    try {
      data = JSON.parse(raw.data) as Json;
    } catch {
      data = raw.data;
    }
  }
  return raw.event === undefined ? { data } : { event: raw.event, data };
}

/** Writes frames as the client's framing wants them. `sse`: one event each; `ndjson`: one line each. */
export function formatFrames(frames: readonly Frame[], framing: string): string {
  let text = '';
  if (framing === 'ndjson') {
    for (const frame of frames) text += `${JSON.stringify(frame.data)}\n`;
    return text;
  }
  for (const frame of frames) {
    if (frame.event !== undefined) text += `event: ${frame.event}\n`;
    text += `data: ${typeof frame.data === 'string' ? frame.data : JSON.stringify(frame.data)}\n\n`;
  }
  return text;
}
