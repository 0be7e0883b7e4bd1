import {
  type CanonicalRequest,
  type CanonicalResponse,
  createFolder,
  type Json,
  type JsonObject,
  TranslateError,
  unfoldResponse,
  type Warning,
} from '@dragoman/plugin-sdk';
import { copyJson, runStream } from '@dragoman/plugin-sdk/testing';
import { type BundledDialect, contextOf } from './dialects.ts';

/** What came of a canonical value on its way to another dialect. */
export interface Carried {
  /** What was written. */
  wire: Json;
  warnings: Warning[];
  /** What the dialect itself reads there; `undefined` when it never reads this. */
  again?: Json | undefined;
  /** It was refused as a whole, which tells everything there is to tell. */
  isRefused?: boolean;
}
export type Carrier = (value: Json, target: BundledDialect) => Carried;

/** A client that is none of the bundled ones. */
export const stranger: BundledDialect = {
  id: 'elsewhere',
  plugin: 'elsewhere',
  dialect: {},
  family: 'elsewhere',
  framing: 'sse',
  provider: 'elsewhere',
  options: {},
  config: {},
  isInbound: true,
  isOutbound: true,
};

function refusable(run: () => Carried): Carried {
  try {
    return run();
  } catch (thrown) {
    if (thrown instanceof TranslateError && thrown.code === 'unsupported')
      return { wire: null, warnings: [], isRefused: true };
    throw thrown;
  }
}

/** A request on its way to a provider. */
export const carryRequest: Carrier = (value, target) =>
  refusable(() => {
    const request = value as unknown as CanonicalRequest;
    const context = contextOf(target, stranger, target);
    const { encodeRequest, decodeRequest } = target.dialect;
    if (encodeRequest === undefined) throw new Error(`${target.id} writes no requests`);
    const { output, warnings = [] } = encodeRequest(copyJson(request), context);
    const wire = copyJson(output) as unknown as Json;
    const path = { model: request.model };
    const { query = {}, headers = {}, body } = output;
    const again = decodeRequest?.(
      { path, query, headers, body: copyJson(body) },
      contextOf(target, target, target),
    );
    return { wire, warnings, again: copyJson(again?.output) as Json | undefined };
  });

/** A whole reply on its way to a client. */
export const carryReply: Carrier = (value, target) =>
  refusable(() => {
    const context = contextOf(target, target, stranger);
    const { encodeResponse, decodeResponse } = target.dialect;
    if (encodeResponse === undefined) throw new Error(`${target.id} writes no replies`);
    const { output, warnings = [] } = encodeResponse(
      copyJson(value) as unknown as CanonicalResponse,
      context,
    );
    const wire = copyJson(output);
    const again = decodeResponse?.(
      { status: 200, headers: {}, body: copyJson(output) },
      contextOf(target, target, target),
    );
    return { wire, warnings, again: copyJson(again?.output) as Json | undefined };
  });

/** The same reply as a stream. */
export const carryStream: Carrier = (value, target) =>
  refusable(() => {
    const context = contextOf(target, target, stranger, { memo: streamMemo(target) });
    const { encodeStream, decodeStream } = target.dialect;
    if (encodeStream === undefined) throw new Error(`${target.id} writes no streams`);
    const events = unfoldResponse(copyJson(value) as unknown as CanonicalResponse);
    const { items, warnings } = runStream(
      encodeStream,
      events.map((event) => [event]),
      context,
    );
    const wire = copyJson(items) as unknown as Json;
    if (decodeStream === undefined) return { wire, warnings };
    const read = runStream(decodeStream, [copyJson(items)], contextOf(target, target, target));
    const folder = createFolder();
    for (const event of read.items) folder.add(event);
    const folded = folder.result();
    const again = folded.ok ? folded.response : { finish: { reason: 'error' }, ...folded };
    return { wire, warnings, again: copyJson(again) as unknown as Json };
  });

/** What a client that wants all it can get leaves for the reply. */
export function streamMemo(target: BundledDialect): Json {
  const body: JsonObject = {
    model: 'sample-model',
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Hi' }],
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
    input: 'Hi',
    prompt: 'Hi',
    max_tokens: 64,
  };
  const context = contextOf(target, target, stranger);
  const wire = { path: { model: 'sample-model' }, query: {}, headers: {}, body };
  return target.dialect.decodeRequest?.(wire, context).memo ?? null;
}

/** A warning speaks for the field it names, for all below it, and for the field it stands in. */
export function isTold(path: string, warnings: Warning[]): boolean {
  return warnings.some(
    (warning) =>
      warning.path === path ||
      (warning.path !== '' && (path.startsWith(`${warning.path}/`) || warning.path.startsWith(`${path}/`))),
  );
}

/** Whether `said` stands in what was read: a number or a word under its own name, a text anywhere. */
export function holds(read: Json | undefined, name: string, said: Json): boolean {
  if (typeof said === 'string' && /\s|_|:\/\/|=$/.test(said)) {
    return JSON.stringify(read ?? null).includes(JSON.stringify(said).slice(1, -1));
  }
  if (typeof read !== 'object' || read === null) return false;
  if (Array.isArray(read)) return read.some((each) => holds(each, name, said));
  for (const [key, value] of Object.entries(read)) {
    if (key === name && covers(value ?? null, said)) return true;
    if (holds(value, name, said)) return true;
  }
  return false;
}

/** All of `said`, perhaps with more. Whose a secret is counts; which dialect wrote it down does not. */
function covers(value: Json, said: Json): boolean {
  if (typeof said !== 'object' || said === null || typeof value !== 'object' || value === null)
    return value === said;
  return Object.entries(said).every(
    ([key, each]) =>
      (key === 'dialect' && 'family' in said) || covers((value as JsonObject)[key] ?? null, each ?? null),
  );
}
