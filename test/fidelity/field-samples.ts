import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { type Sample, samplesOf } from './samples.ts';

const hi: JsonObject = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] };
const tool: JsonObject = { type: 'function', name: 'sample_tool', inputSchema: { type: 'object' } };
const other: JsonObject = { ...tool, name: 'other_tool' };
const mediaTypes = ['image/png', 'application/pdf', 'text/plain', 'audio/wav', 'video/mp4'];
const hostedCall: JsonObject = {
  type: 'tool-call',
  id: 'sample_id_one',
  name: 'web_search',
  kind: 'hosted',
  input: '{"query":"sample"}',
};

/** Every field of a request, in the smallest conversation that makes sense. */
export const requestFields: Sample[] = [...settingFields(), ...messageFields()].flatMap(inEachMediaType);
/** Every field of a reply. */
export const replyFields: Sample[] = answerFields().flatMap(inEachMediaType);

function settingFields(): Sample[] {
  return samplesOf('canonicalRequest').flatMap((sample) => {
    const { path, value, without } = sample;
    if (path.startsWith('/messages')) return [];
    const needsTools = /^\/(toolChoice|parallelToolCalls)/.test(path);
    const needsSchema = /^\/output\/(name|description|strict)$/.test(path);
    const whole = (said: Json | undefined): JsonObject => {
      const request: JsonObject = { model: 'sample-model', stream: false, ...(said as JsonObject) };
      request.messages = [hi];
      if (needsTools) request.tools = [tool, other];
      if (needsSchema) request.output = { schema: { type: 'object' }, ...(request.output as JsonObject) };
      return request;
    };
    return [{ ...sample, value: whole(value), without: whole(without) }];
  });
}

function messageFields(): Sample[] {
  const samples = samplesOf('message').filter(({ path }) => path !== '/role');
  return ['system', 'user', 'assistant', 'tool'].flatMap((role) =>
    samples
      .filter(({ value }) => isSaidBy(role, typeOf(value)))
      .map((sample) => {
        const made = converse(sample.value, role);
        return {
          ...sample,
          path: `/messages/${made.at}${sample.path.replace('/parts/0', `/parts/${made.part}`)}`,
          value: { model: 'sample-model', stream: false, messages: made.messages },
          without: {
            model: 'sample-model',
            stream: false,
            messages: converse(sample.without ?? {}, role).messages,
          },
        };
      }),
  );
}

function typeOf(message: Json): Json | undefined {
  return ((message as JsonObject).parts as JsonObject[])[0]?.type;
}

/** Who says what: a call of the user's or a result of the model's own tools is no conversation. */
function isSaidBy(role: string, type: Json | undefined): boolean {
  switch (role) {
    case 'system':
      return type === undefined || type === 'text' || type === 'opaque';
    case 'user':
      return type !== 'tool-call' && type !== 'reasoning' && type !== 'refusal';
    case 'tool':
      return type === 'tool-result';
    default:
      return true;
  }
}

interface Conversation {
  messages: JsonObject[];
  /** Where the message with the field stands, and the part in it. */
  at: number;
  part: number;
}

/** The message with what must stand before and after it: calls have results, and results calls. */
function converse(value: Json, role: string): Conversation {
  const said = value as JsonObject;
  const parts = (said.parts ?? []) as JsonObject[];
  const [part] = parts;
  const message: JsonObject = { ...said, role, parts: said.name === undefined ? parts : hi.parts };
  if (part?.type === 'tool-result' && role === 'assistant') {
    message.parts = [hostedCall, { ...part, hosted: true }];
    return { messages: [hi, message, hi], at: 1, part: 1 };
  }
  if (part?.type === 'tool-result') {
    const call = { type: 'tool-call', id: part.callId, name: 'sample_tool', kind: 'function', input: '{}' };
    return { messages: [hi, { role: 'assistant', parts: [call] }, message], at: 2, part: 0 };
  }
  if (part?.type !== 'tool-call' || part.kind === 'hosted')
    return { messages: [hi, message, hi], at: 1, part: 0 };
  const output = [{ type: 'text', text: 'done' }];
  const result = { role: 'tool', parts: [{ type: 'tool-result', callId: part.id, output }] };
  return { messages: [hi, message, result], at: 1, part: 0 };
}

function answerFields(): Sample[] {
  return samplesOf('canonicalResponse').map((sample) => {
    const isResult = typeof sample.value === 'object' && typeOf(sample.value) === 'tool-result';
    const path = isResult ? sample.path.replace(/^\/parts\/0/, '/parts/1') : sample.path;
    return { ...sample, path, value: answer(sample.value), without: answer(sample.without ?? {}) };
  });
}

function answer(value: Json): JsonObject {
  const { parts, usage, ...rest } = value as JsonObject & { parts?: JsonObject[]; usage?: JsonObject };
  const reply: JsonObject = {
    id: 'sample id',
    model: 'sample-model',
    finish: { reason: 'stop' },
    ...rest,
    parts: parts === undefined || parts.length === 0 ? [{ type: 'text', text: 'Hi' }] : parts,
    usage: { inputTokens: 101, outputTokens: 102, ...usage },
  };
  const [part] = reply.parts as JsonObject[];
  if (part?.type === 'tool-result') reply.parts = [hostedCall, { ...part, hosted: true }];
  for (const each of [reply, ...((reply.candidates ?? []) as JsonObject[])]) {
    if ((each.finish as JsonObject).reason !== 'tool-calls') continue;
    each.parts = [{ type: 'tool-call', id: 'sample_id', name: 'sample_tool', kind: 'function', input: '{}' }];
  }
  return reply;
}

/** What holds for a picture need not hold for a document or a sound. */
function inEachMediaType(sample: Sample): Sample[] {
  const text = JSON.stringify([sample.value, sample.without ?? null]);
  const [png = ''] = mediaTypes;
  if (!text.includes(`"mediaType":"${png}"`) || sample.path.endsWith('/mediaType')) return [sample];
  return mediaTypes.map((type) => {
    const [value = null, without] = JSON.parse(text.replaceAll(`"${png}"`, `"${type}"`)) as Json[];
    return { ...sample, value, without };
  });
}
