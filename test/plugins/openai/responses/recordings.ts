import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Json, JsonObject } from '@dragoman/plugin-sdk';
import type { Recording } from '@dragoman/plugin-sdk/testing';
import { corpus, noCorpus } from '../recordings.ts';

/** Recordings are read where they lie and never copied. */
export function loadResponses(): Recording[] {
  const recordings: Recording[] = [];
  if (noCorpus) return recordings;
  const folder = join(corpus, 'recorded', 'openai-responses');
  for (const provider of readdirSync(folder)) {
    for (const file of readdirSync(join(folder, provider))) {
      if (file.endsWith('.json')) recordings.push(load(join(folder, provider, file), file));
    }
  }
  return recordings;
}

function load(path: string, name: string): Recording {
  const raw = JSON.parse(readFileSync(path, 'utf8'));
  const recording: Recording = { name };
  const body = raw.request?.body;
  if (body) recording.request = { path: {}, query: {}, headers: {}, body };
  const { status, encoding } = raw.response;
  if (encoding === 'json') recording.response = { status, body: raw.response.body };
  if (encoding === 'sse') recording.frames = readFrames(raw.response.body);
  return recording;
}

function readFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (!line.startsWith('data:')) continue;
    const data = JSON.parse(line.slice(5)) as JsonObject;
    frames.push(typeof data.type === 'string' ? { event: data.type, data } : { data });
  }
  return frames;
}

/**
 * The same stream with the whole reply its last event holds, where every item of that reply is the one the stream told
 * of. Some services change ids on the way, or leave items out.
 */
export function withWhole(recording: Recording): Recording | undefined {
  const { frames } = recording;
  const last = frames?.at(-1)?.data;
  if (frames === undefined || !isReply(last)) return undefined;
  const streamed: Json[] = [];
  for (const { data } of frames) {
    const event = data as JsonObject;
    if (event.type === 'response.output_item.done')
      streamed[event.output_index as number] = event.item ?? null;
  }
  const isSame = JSON.stringify(sort(streamed)) === JSON.stringify(sort(last.response.output ?? []));
  return isSame ? { ...recording, response: { status: 200, body: last.response } } : undefined;
}

function isReply(data: Json | undefined): data is JsonObject & { response: JsonObject } {
  return (data as JsonObject | undefined)?.type === 'response.completed';
}

function sort(value: Json): Json {
  if (Array.isArray(value)) return value.map(sort);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sort(inner ?? null)]),
  );
}
