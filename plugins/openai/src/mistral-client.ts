import { type Frame, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

/**
 * Mistral's own client speaks Chat Completions with an accent. It names itself in `user-agent`
 * (`mistral-client-typescript/2.7.0`, seen 2026-11), because most of its requests have nothing else to tell it by, and
 * its replies must: it reads a call only when the call is whole, thoughts only as parts of the content.
 */
export function isMistralClient(headers: Readonly<Record<string, string>>): boolean {
  return headers['user-agent']?.startsWith('mistral-client') === true;
}

/** The body in the official words. What says only what is so anyway is left out. */
export function readMistralBody(body: JsonObject): JsonObject {
  const read = { ...body };
  if (read.random_seed !== undefined) {
    read.seed ??= read.random_seed;
    delete read.random_seed;
  }
  if (read.tool_choice === 'any') read.tool_choice = 'required';
  for (const name of ['safe_prompt', 'prompt_mode', 'guardrails']) if (!read[name]) delete read[name];
  if (Array.isArray(read.messages)) read.messages = read.messages.map(readMessage);
  return read;
}

function readMessage(wire: Json): Json {
  if (!isObject(wire)) return wire;
  const message = { ...wire };
  // Whether the model is to go on with the last words is told by who has them.
  if (message.prefix === true) message.$prefix = true;
  delete message.prefix;
  if (message.role === 'tool') delete message.name;
  if (Array.isArray(message.content)) readContent(message, message.content);
  if (message.tool_calls === null) delete message.tool_calls;
  if (Array.isArray(message.tool_calls)) message.tool_calls = message.tool_calls.map(readCall);
  return message;
}

function readContent(message: JsonObject, content: readonly Json[]): void {
  const said = content.filter((part) => !isObject(part) || part.type !== 'thinking');
  message.content = said.length > 0 ? said.map(readPart) : null;
  if (message.role !== 'assistant' || said.length === content.length) return;
  message.reasoning_content = content.map(thoughtOf).join('');
}

function thoughtOf(part: Json): string {
  if (!isObject(part) || !Array.isArray(part.thinking)) return '';
  return part.thinking
    .map((piece) => (isObject(piece) && typeof piece.text === 'string' ? piece.text : ''))
    .join('');
}

function readCall(wire: Json): Json {
  if (!isObject(wire)) return wire;
  const { index: _index, ...call } = wire;
  const called = call.function;
  if (isObject(called) && isObject(called.arguments)) {
    call.function = { ...called, arguments: JSON.stringify(called.arguments) };
  }
  return call;
}

function readPart(part: Json): Json {
  if (!isObject(part)) return part;
  switch (part.type) {
    case 'image_url':
      return typeof part.image_url === 'string' ? { ...part, image_url: { url: part.image_url } } : part;
    case 'document_url':
      return readDocument(part);
    case 'file':
      return typeof part.file_id === 'string' ? { type: 'file', file: { file_id: part.file_id } } : part;
    case 'input_audio':
      return typeof part.input_audio === 'string' ? readAudio(part.input_audio) : part;
    default:
      return part;
  }
}

function readDocument({ document_url: address, document_name: name }: JsonObject): JsonObject {
  const file: JsonObject = { file_data: address };
  if (typeof name === 'string') file.filename = name;
  else if (typeof address === 'string' && address.startsWith('data:')) file.filename = 'document.pdf';
  return { type: 'file', file };
}

/** Base64 of a RIFF header is a WAV file; what else it takes is MP3. */
function readAudio(data: string): JsonObject {
  return { type: 'input_audio', input_audio: { data, format: data.startsWith('UklGR') ? 'wav' : 'mp3' } };
}

/** A whole reply in its words. */
export function writeMistralMessage(message: JsonObject): void {
  const thought = message.reasoning_content ?? message.reasoning;
  for (const name of ['reasoning_content', 'reasoning', 'reasoning_details']) delete message[name];
  if (typeof thought !== 'string' || thought === '') return;
  const said = typeof message.content === 'string' ? [{ type: 'text', text: message.content }] : [];
  message.content = [thinking(thought), ...(Array.isArray(message.content) ? message.content : said)];
}

function thinking(text: string): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }] };
}

/** Calls that are not whole yet, by candidate. */
export type HeldCalls = Record<number, JsonObject[]>;

/** A stream in its words: the calls of a candidate come whole, with the chunk that ends it. */
export function writeMistralFrames(frames: readonly Frame[], held: HeldCalls): Frame[] {
  return frames.filter(({ data }) => {
    const choice = isObject(data) && Array.isArray(data.choices) ? data.choices[0] : undefined;
    if (!isObject(choice) || !isObject(choice.delta)) return true;
    const { delta } = choice;
    const candidate = typeof choice.index === 'number' ? choice.index : 0;
    writeMistralMessage(delta);
    if (Array.isArray(delta.tool_calls)) {
      for (const piece of delta.tool_calls) if (isObject(piece)) hold(piece, candidate, held);
      delete delta.tool_calls;
    }
    if (choice.finish_reason === null) return Object.keys(delta).length > 0;
    const calls = held[candidate];
    if (calls !== undefined) delta.tool_calls = calls;
    return true;
  });
}

function hold(piece: JsonObject, candidate: number, held: HeldCalls): void {
  held[candidate] ??= [];
  const calls = held[candidate];
  if (piece.id !== undefined) calls.push(piece);
  const call = calls.at(-1);
  if (piece.id !== undefined || call === undefined) return;
  const known = calls.find(({ index }) => index === piece.index) ?? call;
  if (!isObject(known.function) || !isObject(piece.function)) return;
  const more = piece.function.arguments;
  if (typeof more === 'string') known.function.arguments = String(known.function.arguments) + more;
}
