import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Json, JsonObject } from '@dragoman/plugin-sdk';
import type { Recording } from '@dragoman/plugin-sdk/testing';

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
  const recording: Recording = { name };
  const body = raw.request?.body;
  if (body) recording.request = { path: {}, query: {}, headers: {}, body: askForUsage(body) };
  const { status, encoding } = raw.response;
  if (encoding === 'json') recording.response = { status, body: raw.response.body };
  if (encoding === 'sse') recording.frames = readFrames(raw.response.body);
  return recording;
}

/** Some services send usage unasked; it reaches a client only if the client asked, so here every client does. */
function askForUsage(body: JsonObject): JsonObject {
  if (body.stream !== true) return body;
  return { ...body, stream_options: { ...(body.stream_options as JsonObject), include_usage: true } };
}

/** Comments and blank lines are no frames; a sentinel such as `[DONE]` stays text. */
function readFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue;
    const value = line.slice(5).trim();
    frames.push({ data: value.startsWith('{') ? (JSON.parse(value) as Json) : value });
  }
  return frames;
}
