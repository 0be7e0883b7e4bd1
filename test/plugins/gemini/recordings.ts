import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Json } from '@dragoman/plugin-sdk';
import type { Recording as LawRecording } from '@dragoman/plugin-sdk/testing';

/** One recorded exchange of real traffic, as the corpus stores it. */
export interface Recording {
  name: string;
  isElided: boolean;
  request?: Json;
  path: string;
  status: number;
  /** The body of a whole reply. */
  body?: Json;
  /** The frames of a streamed one. */
  frames?: Frame[];
}

export const corpus =
  process.env.DRAGOMAN_CORPUS ?? join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'corpus');
export const noCorpus = existsSync(corpus) ? false : 'the corpus of recorded traffic is not on this machine';

/** Recordings are read where they lie and never copied. */
export function loadRecordings(...dialects: string[]): Recording[] {
  const recordings: Recording[] = [];
  if (noCorpus) return recordings;
  for (const dialect of dialects) {
    const folder = join(corpus, 'recorded', dialect);
    for (const provider of readdirSync(folder)) {
      for (const file of readdirSync(join(folder, provider))) {
        if (file.endsWith('.json')) recordings.push(load(join(folder, provider, file), file));
      }
    }
  }
  return recordings;
}

function load(path: string, name: string): Recording {
  const raw = JSON.parse(readFileSync(path, 'utf8'));
  const recording: Recording = {
    name,
    isElided: Boolean(raw.elided_binary),
    path: raw.request?.path ?? '',
    status: raw.response.status,
  };
  if (raw.request?.body !== undefined) recording.request = raw.request.body;
  if (raw.response.encoding === 'json') recording.body = raw.response.body;
  if (raw.response.encoding === 'sse') recording.frames = readFrames(raw.response.body);
  return recording;
}

function readFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  for (const block of text.split(/\r?\n\r?\n/)) {
    const frame: Partial<Frame> = {};
    for (const line of block.split(/\r?\n/)) {
      if (line.startsWith('event:')) frame.event = line.slice(6).trim();
      if (line.startsWith('data:')) frame.data = parse(line.slice(5).trim());
    }
    if (frame.data !== undefined) frames.push({ ...frame, data: frame.data });
  }
  return frames;
}

/** A sentinel such as `[DONE]` stays text. */
function parse(text: string): Json {
  return text.startsWith('{') ? JSON.parse(text) : text;
}

/** As the laws take it. The model stands in the path; a count is another operation. */
export function toLawRecording(recording: Recording): LawRecording {
  const law: LawRecording = { name: recording.name };
  const [, model, method] = /models\/([^:]+):(\w+)$/.exec(recording.path) ?? [];
  if (method === 'countTokens') law.operation = 'count-tokens';
  if (typeof recording.request === 'object' && recording.request !== null) {
    const path: Record<string, string> = model === undefined ? {} : { model };
    law.request = { path, query: {}, headers: {}, body: recording.request };
  }
  if (recording.body !== undefined) law.response = { status: recording.status, body: recording.body };
  if (recording.frames !== undefined) law.frames = recording.frames;
  return law;
}
