import type { CanonicalEvent, CanonicalResponse, Extensions, UpstreamError } from './canonical.ts';
import { addDelta, type OpenPart, openPart } from './fold-parts.ts';
import { TranslateError } from './translate.ts';

/** A stream as one reply, or why it is none. `response` then holds what had arrived. */
export type FoldResult =
  | { ok: true; response: CanonicalResponse }
  | { ok: false; error: UpstreamError; response: CanonicalResponse };

/** Builds a reply while its events arrive. */
export interface Folder {
  /** Throws `TranslateError` (`internal`) on an event the grammar forbids. */
  add(event: CanonicalEvent): void;
  /** The reply; a failure when an `error` event came or no `response-end` did. */
  result(): FoldResult;
}

/** What `foldEvents` throws when the stream did not end well. `error` says what the upstream reported. */
export class StreamFailure extends TranslateError {
  readonly error: UpstreamError;
  /** What had arrived before the failure. */
  readonly partial: CanonicalResponse;
  constructor(error: UpstreamError, partial: CanonicalResponse) {
    super('internal', error.message);
    this.error = error;
    this.partial = partial;
  }
}

/**
 * The reply a list of events stands for. Throws `StreamFailure` when the list holds an `error` event or ends without
 * `response-end`; use `createFolder` to get a value instead. Top-level `opaque` events are left out: they belong to
 * the stream, not to the reply. For every reply `foldEvents(unfoldResponse(reply))` equals the reply.
 */
export function foldEvents(events: Iterable<CanonicalEvent>): CanonicalResponse {
  const folder = createFolder();
  for (const event of events) folder.add(event);
  const folded = folder.result();
  if (!folded.ok) throw new StreamFailure(folded.error, folded.response);
  return folded.response;
}

/** An incremental `foldEvents`. Events are never changed. */
export function createFolder(): Folder {
  const response: CanonicalResponse = {
    id: '',
    model: '',
    parts: [],
    finish: { reason: 'other' },
    usage: {},
  };
  const open = new Map<number, OpenPart>();
  let ended = false;
  let error: UpstreamError | undefined;
  return {
    add(event) {
      switch (event.type) {
        case 'response-start':
          response.id = event.id;
          response.model = event.model;
          if (event.createdAt !== undefined) response.createdAt = event.createdAt;
          if (event.serviceTier !== undefined) response.serviceTier = event.serviceTier;
          break;
        case 'part-start': {
          const part = openPart(event.part);
          open.set(event.index, part);
          candidateOf(response, event.candidate ?? 0).parts.push(part.part);
          return;
        }
        case 'part-delta': {
          const part = known(open, event.index);
          addDelta(part, event.delta);
          mergeExtensions(part.part, event.extensions);
          return;
        }
        case 'part-end': {
          const part = known(open, event.index);
          part.close?.();
          mergeExtensions(part.part, event.extensions);
          open.delete(event.index);
          return;
        }
        case 'usage':
          Object.assign(response.usage, event.usage);
          break;
        case 'finish': {
          const candidate = candidateOf(response, event.candidate);
          candidate.finish = event.finish;
          mergeExtensions(candidate, event.extensions);
          return;
        }
        case 'response-end':
          response.finish = event.finish;
          if (event.serviceTier !== undefined) response.serviceTier = event.serviceTier;
          ended = true;
          break;
        case 'error':
          error = event.error;
          break;
        case 'opaque':
          return;
        default:
          throw new TranslateError('internal', `unknown event type '${(event as { type: string }).type}'`);
      }
      mergeExtensions(response, event.extensions);
    },
    result() {
      if (error === undefined && ended) return { ok: true, response };
      return { ok: false, error: error ?? truncated, response };
    },
  };
}

const truncated: UpstreamError = {
  kind: 'server',
  message: 'the stream ended before the reply was complete',
};

function known(open: Map<number, OpenPart>, index: number): OpenPart {
  const part = open.get(index);
  if (part === undefined) throw new TranslateError('internal', `no part ${index} is open`);
  return part;
}

/** The answer a part belongs to. Candidate 0 is the reply itself; a gap is filled with empty answers. */
function candidateOf(
  response: CanonicalResponse,
  candidate: number,
): Pick<CanonicalResponse, 'parts' | 'finish' | 'extensions'> {
  if (candidate === 0) return response;
  response.candidates ??= [];
  while (response.candidates.length < candidate) {
    response.candidates.push({ parts: [], finish: { reason: 'other' } });
  }
  return response.candidates[candidate - 1] ?? response;
}

/** Adds `extensions` to those `owner` has, field by field: a later event wins. Never changes what it is given. */
function mergeExtensions(owner: { extensions?: Extensions }, extensions: Extensions | undefined): void {
  if (extensions === undefined) return;
  const merged: Extensions = { ...owner.extensions };
  for (const dialect of Object.keys(extensions))
    merged[dialect] = { ...merged[dialect], ...extensions[dialect] };
  owner.extensions = merged;
}
