import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Json, JsonObject, WireRequest } from '@dragoman/plugin-sdk';
import { loadFixtures, type Recording } from '@dragoman/plugin-sdk/testing';
import { parseFrame } from '../../core/translate/frames.ts';
import { createFrameReader } from '../../core/upstream/framing.ts';
import { answerBytes, type Recording as Recorded, recordings } from '../helpers/corpus.ts';
import type { BundledDialect } from './dialects.ts';

/** Folders of the corpus whose recordings a dialect reads; absent: one of its own name, if there is one. */
const folders: Record<string, string[]> = {
  'openai-chat': ['openai-chat', 'mistral'],
  'anthropic-messages': ['anthropic'],
};
const chatPath: Record<string, RegExp> = {
  'openai-chat': /\/chat\/completions$/,
  'openai-responses': /\/responses$/,
  'anthropic-messages': /\/messages$/,
  gemini: /[gG]enerateContent$/,
  'bedrock-converse': /\/converse(-stream)?$/,
};
const framings: Record<string, string> = { sse: 'sse', 'eventstream-base64': 'aws-event-stream' };

/** Every recorded chat of a dialect, with the fixtures of its plugin, which hold what no recording has. */
export function trafficOf({ id, plugin }: BundledDialect): Recording[] {
  const fixtures = join(import.meta.dirname, '..', '..', 'plugins', plugin, 'fixtures');
  const written = existsSync(fixtures) ? loadFixtures(fixtures, id) : [];
  const recorded = (folders[id] ?? [id]).flatMap((folder) => recordings(folder)).filter(isChat);
  return [...written.filter(({ operation = 'chat' }) => operation === 'chat'), ...recorded.map(toRecording)];
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isChat({ dialect, request }: Recorded): boolean {
  const path = chatPath[dialect];
  return request === null || path === undefined || path.test(request.path);
}

function toRecording(recorded: Recorded): Recording {
  const { name, request, response } = recorded;
  const recording: Recording = { name };
  if (request !== null && isObject(request.body)) {
    const model = /models\/([^/:]+)/.exec(request.path)?.[1];
    const wire: WireRequest = { path: {}, query: request.query, headers: {}, body: request.body };
    if (model !== undefined) wire.path.model = model;
    if (/stream/i.test(request.path)) wire.path.stream = 'true';
    recording.request = wire;
  }
  const framing = framings[response.encoding];
  if (response.encoding === 'json') recording.response = { status: response.status, body: response.body };
  else if (framing !== undefined) recording.frames = framesOf(recorded, framing);
  return recording;
}

/** Through the readers of the host, as they come off the wire. */
function framesOf(recorded: Recorded, framing: string): Frame[] {
  const reader = createFrameReader(framing, { provider: recorded.provider });
  return [...reader.push(answerBytes(recorded)), ...reader.end()].map(parseFrame);
}
