import type { Frame, Json } from '@dragoman/plugin-sdk';
import type { RawFrame } from '../upstream/frame-reader.ts';
import { parseJson } from './parse-json.ts';

export type { RawFrame } from '../upstream/frame-reader.ts';

/** Parses a frame's data; a sentinel such as `[DONE]` (or anything else that is not JSON) stays a string. */
export function parseFrame(raw: RawFrame): Frame {
  const first = raw.data.charCodeAt(0);
  // `{` or `[`: nearly always JSON. `[DONE]` begins like an array, so parsing may fail.
  let data: Json = raw.data;
  if (first === 0x7b || (first === 0x5b && raw.data !== '[DONE]')) {
    try {
      data = parseJson(raw.data);
    } catch {
      data = raw.data;
    }
  }
  return raw.event === undefined ? { data } : { event: raw.event, data };
}

/** Where in its stream a batch stands: some framings open and close it. */
export interface Place {
  isFirst: boolean;
  isLast: boolean;
}

/** Writes frames as the client's framing wants them: an event each, a line each, or the elements of one array. */
export function formatFrames(frames: readonly Frame[], framing: string, place: Place): string {
  switch (framing) {
    case 'ndjson':
      return formatLines(frames);
    case 'json-array':
      return formatElements(frames, place);
    default:
      return formatEvents(frames);
  }
}

function formatEvents(frames: readonly Frame[]): string {
  let text = '';
  for (const frame of frames) {
    if (frame.event !== undefined) text += `event: ${frame.event}\n`;
    text += `data: ${typeof frame.data === 'string' ? frame.data : JSON.stringify(frame.data)}\n\n`;
  }
  return text;
}

function formatLines(frames: readonly Frame[]): string {
  let text = '';
  for (const frame of frames) text += `${JSON.stringify(frame.data)}\n`;
  return text;
}

/** The commas stand before the elements: nobody knows of an element whether it is the last. */
function formatElements(frames: readonly Frame[], { isFirst, isLast }: Place): string {
  let text = '';
  for (const [index, frame] of frames.entries()) {
    text += `${isFirst && index === 0 ? '[' : ',\n'}${JSON.stringify(frame.data)}`;
  }
  if (!isLast) return text;
  return isFirst && frames.length === 0 ? '[]' : `${text}]`;
}
