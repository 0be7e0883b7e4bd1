import {
  type CanonicalEvent,
  type CanonicalRequest,
  type CanonicalResponse,
  createFolder,
  type Json,
  type JsonObject,
  type TranslateContext,
  TranslateError,
  unfoldResponse,
  type Warning,
  type WireRequest,
} from '@dragoman/plugin-sdk';
import { copyJson, runStream } from '@dragoman/plugin-sdk/testing';
import { stranger, streamMemo } from '../carry.ts';
import { type BundledDialect, contextOf } from '../dialects.ts';

/** A client, a provider and whether the client asked for a stream. */
export interface Route {
  client: BundledDialect;
  provider: BundledDialect;
  stream: boolean;
}
export interface Sent {
  /** What the provider's service gets. */
  body: Json;
  warnings: Warning[];
  memo?: Json;
}
export interface Shown {
  /** What the client gets: a body, or frames. */
  wire: Json;
  /** What the gateway read from the provider. */
  read: CanonicalResponse;
  /** What a client reads; `undefined` where the dialect only writes. */
  again?: CanonicalResponse | undefined;
  /** The same, event by event. */
  events: CanonicalEvent[];
  warnings: Warning[];
}

/** What the encoder of a provider knows of the model it is asked for. */
export function modelOf({ model }: BundledDialect): Partial<TranslateContext> {
  return model === undefined ? {} : { model };
}

/** Bodies of clients whose dialect is never sent to a provider, so that nothing writes them. */
const prompts: Record<string, (request: CanonicalRequest) => JsonObject> = {
  'openai-completions': (request) => ({ model: 'm', stream: request.stream, prompt: wordsOf(request) }),
  'ollama-prompt': (request) => ({
    model: 'm',
    stream: request.stream,
    prompt: wordsOf(request),
    ...asked(request),
  }),
};

function wordsOf({ messages }: CanonicalRequest): string {
  const parts = messages.filter(({ role }) => role === 'user').flatMap((message) => message.parts);
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

function asked({ messages, output, reasoning }: CanonicalRequest): JsonObject {
  const body: JsonObject = {};
  const system = messages.find(({ role }) => role === 'system')?.parts[0];
  if (system?.type === 'text') body.system = system.text;
  const image = messages.flatMap(({ parts }) => parts).find((part) => part.type === 'media');
  if (image?.type === 'media' && image.source.type === 'base64') body.images = [image.source.data];
  if (output?.format === 'json' && output.schema !== undefined) body.format = output.schema;
  if (reasoning !== undefined) body.think = true;
  return body;
}

/** A service of the client's own dialect that takes whatever can be said in it: the client does not know its provider. */
function able(client: BundledDialect): BundledDialect {
  const modelRules = [{ models: ['test-model'], cacheBreakpoints: true }];
  return { ...client, options: { cacheControl: true, modelRules } };
}

/** The request as the client writes it; also what its dialect cannot say. */
export function ask(
  client: BundledDialect,
  request: CanonicalRequest,
): { wire: WireRequest; warnings: Warning[] } {
  const write = prompts[client.id];
  if (write !== undefined) {
    return { wire: { path: { model: 'm' }, query: {}, headers: {}, body: write(request) }, warnings: [] };
  }
  const { encodeRequest } = client.dialect;
  if (encodeRequest === undefined) throw new Error(`nothing writes requests of ${client.id}`);
  const { output, warnings = [] } = encodeRequest(copyJson(request), contextOf(client, client, able(client)));
  const { query = {}, headers = {}, body } = output;
  return { wire: { path: { model: 'm' }, query, headers, body: copyJson(body) }, warnings };
}

/** From the client's request to what its provider is sent. A refusal is a warning about all of it. */
export function send({ client, provider }: Route, wire: WireRequest): Sent {
  const { decodeRequest } = client.dialect;
  const { encodeRequest } = provider.dialect;
  if (decodeRequest === undefined || encodeRequest === undefined) throw new Error('this is no route');
  try {
    const decoded = decodeRequest(copyJson(wire), contextOf(client, client, provider)).output;
    const {
      output,
      warnings = [],
      memo,
    } = encodeRequest(copyJson(decoded), contextOf(provider, client, provider, modelOf(provider)));
    const sent: Sent = { body: copyJson(output.body), warnings };
    if (memo !== undefined) sent.memo = memo;
    return sent;
  } catch (thrown) {
    if (!(thrown instanceof TranslateError) || thrown.code !== 'unsupported') throw thrown;
    return {
      body: null,
      warnings: [{ code: 'unsupported', path: thrown.path ?? '', message: thrown.message }],
    };
  }
}

/** From the provider's reply to what the client is shown. */
export function show(route: Route, response: CanonicalResponse, memo?: Json): Shown {
  return route.stream ? showStream(route, response, memo) : showWhole(route, response, memo);
}

function readingContext({ client, provider }: Route, memo: Json | undefined) {
  return contextOf(provider, client, provider, {
    ...modelOf(provider),
    ...(memo === undefined ? {} : { memo }),
  });
}

function showWhole(route: Route, response: CanonicalResponse, memo: Json | undefined): Shown {
  const { client, provider } = route;
  const { encodeResponse: write, decodeResponse: read } = provider.dialect;
  let decoded = copyJson(response);
  if (write !== undefined && read !== undefined) {
    const body = copyJson(write(copyJson(response), contextOf(provider, provider, stranger)).output);
    decoded = copyJson(read({ status: 200, headers: {}, body }, readingContext(route, memo)).output);
  }
  const { encodeResponse, decodeResponse } = client.dialect;
  if (encodeResponse === undefined) throw new Error(`${client.id} writes no replies`);
  const context = contextOf(client, client, provider, { memo: streamMemo(client) });
  const { output, warnings = [] } = encodeResponse(copyJson(decoded), context);
  const wire = copyJson(output);
  const again = decodeResponse?.(
    { status: 200, headers: {}, body: copyJson(wire) },
    contextOf(client, client, client),
  );
  return { wire, read: decoded, again: again?.output, events: [], warnings };
}

function showStream(route: Route, response: CanonicalResponse, memo: Json | undefined): Shown {
  const { client, provider } = route;
  const { encodeStream: write, decodeStream: read } = provider.dialect;
  let events = inPieces(unfoldResponse(copyJson(response)));
  if (write !== undefined && read !== undefined) {
    const frames = runStream(write, [events], contextOf(provider, provider, stranger)).items;
    events = copyJson(
      runStream(
        read,
        frames.map((frame) => [frame]),
        readingContext(route, memo),
      ).items,
    );
  }
  const { encodeStream, decodeStream } = client.dialect;
  if (encodeStream === undefined) throw new Error(`${client.id} writes no streams`);
  const context = contextOf(client, client, provider, { memo: streamMemo(client) });
  const { items, warnings } = runStream(encodeStream, [copyJson(events)], context);
  const shown: Shown = { wire: copyJson(items) as unknown as Json, read: fold(events), events: [], warnings };
  if (decodeStream !== undefined) {
    shown.events = runStream(decodeStream, [copyJson(items)], contextOf(client, client, client)).items;
    shown.again = fold(shown.events);
  }
  return shown;
}

function fold(events: CanonicalEvent[]): CanonicalResponse {
  const folder = createFolder();
  for (const event of events) folder.add(event);
  return folder.result().response;
}

/** Arguments of tools in three pieces, as models write them. */
function inPieces(events: CanonicalEvent[]): CanonicalEvent[] {
  return events.flatMap((event): CanonicalEvent[] => {
    if (event.type !== 'part-delta' || event.delta.type !== 'tool-input') return [event];
    const { text } = event.delta;
    const pieces = [text.slice(0, 5), text.slice(5, 10), text.slice(10)].filter((piece) => piece !== '');
    return pieces.map((piece) => ({ ...event, delta: { type: 'tool-input', text: piece } }));
  });
}
