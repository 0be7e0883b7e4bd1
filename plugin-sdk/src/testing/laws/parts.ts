import type { CanonicalEvent } from '../../canonical.ts';
import type { Json } from '../../json.ts';
import type { Dialect, TranslateContext, Translated } from '../../translate.ts';
import type { Frame, WireResponse } from '../../wire.ts';
import { diffJson, formatDifferences } from '../compare.ts';
import type { Recording } from '../recording.ts';
import { runStream } from '../run.ts';
import type { Finding, Subject } from './law.ts';

/** Compares and reports in one. */
export function expectSame(message: string, expected: unknown, actual: unknown): Finding {
  const differences = diffJson(expected, actual);
  if (differences.length === 0) return { ok: true, message };
  return { ok: false, message, diff: formatDifferences(differences) };
}

/** The context of a recording. Unless it says otherwise the upstream's model is the one the client asked for. */
export function contextOf(subject: Subject, recording: Recording): TranslateContext {
  const context = { ...subject.context, ...recording.context };
  if (recording.operation !== undefined) context.operation = recording.operation;
  const model = modelOf(recording);
  if (model !== undefined && recording.context?.model === undefined) {
    context.model = { ...context.model, id: model };
  }
  return context;
}

function modelOf({ request }: Recording): string | undefined {
  if (request === undefined) return undefined;
  const { body, path } = request;
  const named = typeof body === 'object' && body !== null && !Array.isArray(body) ? body.model : undefined;
  return typeof named === 'string' ? named : path.model;
}

export function isChat(recording: Recording): boolean {
  return (recording.operation ?? 'chat') === 'chat';
}

export function isError(recording: Recording): boolean {
  return recording.response !== undefined && recording.response.status >= 400;
}

export function wireResponse(recording: Recording): WireResponse | undefined {
  const { response } = recording;
  return response === undefined
    ? undefined
    : { status: response.status, headers: response.headers ?? {}, body: response.body };
}

/** The functions of one dialect that carry requests and whole replies of one operation, as plain JSON functions. */
export interface OperationFunctions {
  decodeRequest?: JsonTranslator | undefined;
  encodeRequest?: JsonTranslator | undefined;
  decodeResponse?: JsonTranslator | undefined;
  encodeResponse?: JsonTranslator | undefined;
}
export type JsonTranslator = (input: Json, context: TranslateContext) => Translated<Json>;

export function functionsOf(dialect: Dialect, recording: Recording): OperationFunctions {
  const pick = (name: keyof Dialect) => dialect[name] as JsonTranslator | undefined;
  switch (recording.operation ?? 'chat') {
    case 'chat':
      return {
        decodeRequest: pick('decodeRequest'),
        encodeRequest: pick('encodeRequest'),
        decodeResponse: pick('decodeResponse'),
        encodeResponse: pick('encodeResponse'),
      };
    case 'embed':
      return {
        decodeRequest: pick('decodeEmbed'),
        encodeRequest: pick('encodeEmbedRequest'),
        decodeResponse: pick('decodeEmbedResponse'),
        encodeResponse: pick('encodeEmbed'),
      };
    case 'count-tokens':
      return {
        decodeRequest: pick('decodeCount'),
        encodeRequest: pick('encodeCountRequest'),
        decodeResponse: pick('decodeCountResponse'),
        encodeResponse: pick('encodeCount'),
      };
    default:
      return {};
  }
}

/** The contexts of the reply steps, with the memos the request steps of this exchange left. */
export function replyContexts(
  subject: Subject,
  recording: Recording,
): { decode: TranslateContext; encode: TranslateContext } {
  const context = contextOf(subject, recording);
  const { decodeRequest, encodeRequest } = functionsOf(subject.dialect, recording);
  if (recording.request === undefined || decodeRequest === undefined)
    return { decode: context, encode: context };
  const decoded = decodeRequest(recording.request as unknown as Json, context);
  const encoded = encodeRequest?.(decoded.output, context);
  return { decode: withMemo(context, encoded?.memo), encode: withMemo(context, decoded.memo) };
}

export function withMemo(context: TranslateContext, memo: Json | undefined): TranslateContext {
  return memo === undefined ? context : { ...context, memo };
}

/** The events of a recorded stream, decoded in one batch that ended well; `undefined` when there is no stream. */
export function decodeWhole(subject: Subject, recording: Recording): CanonicalEvent[] | undefined {
  const { frames } = recording;
  const { decodeStream } = subject.dialect;
  if (frames === undefined || decodeStream === undefined || !isChat(recording)) return undefined;
  return runStream(decodeStream, [frames], replyContexts(subject, recording).decode).items;
}

/** Events as this dialect writes them; `undefined` when it has no `encodeStream`. */
export function encodeWhole(
  subject: Subject,
  recording: Recording,
  events: CanonicalEvent[],
): Frame[] | undefined {
  const { encodeStream } = subject.dialect;
  if (encodeStream === undefined) return undefined;
  return runStream(encodeStream, [events], replyContexts(subject, recording).encode).items;
}
