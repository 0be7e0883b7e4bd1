import type { CanonicalEvent, CanonicalResponse, Part, PartDelta, PartStart } from './canonical.ts';

/**
 * The events a whole reply would have arrived as: each part in one piece, then usage, then the end. An empty
 * `citations` or `candidates` list has no event and so comes back absent from `foldEvents`.
 */
export function unfoldResponse(response: CanonicalResponse): CanonicalEvent[] {
  const start: CanonicalEvent = { type: 'response-start', id: response.id, model: response.model };
  if (response.createdAt !== undefined) start.createdAt = response.createdAt;
  if (response.serviceTier !== undefined) start.serviceTier = response.serviceTier;
  if (response.extensions !== undefined) start.extensions = response.extensions;
  const events: CanonicalEvent[] = [start];
  let index = 0;
  for (const part of response.parts) index = pushPart(events, part, index, 0);
  const { candidates = [] } = response;
  for (const [at, { parts }] of candidates.entries()) {
    for (const part of parts) index = pushPart(events, part, index, at + 1);
  }
  for (const [at, { finish, extensions }] of candidates.entries()) {
    const ended: CanonicalEvent = { type: 'finish', candidate: at + 1, finish };
    if (extensions !== undefined) ended.extensions = extensions;
    events.push(ended);
  }
  if (Object.keys(response.usage).length > 0) events.push({ type: 'usage', usage: response.usage });
  events.push({ type: 'response-end', finish: response.finish });
  return events;
}

function pushPart(events: CanonicalEvent[], part: Part, index: number, candidate: number): number {
  const start: CanonicalEvent = { type: 'part-start', index, part: unfoldStart(part) };
  if (candidate > 0) start.candidate = candidate;
  events.push(start);
  for (const delta of unfoldDeltas(part)) events.push({ type: 'part-delta', index, delta });
  events.push({ type: 'part-end', index });
  return index + 1;
}

/** The `part-start` of a part that is whole. A tool result travels in it completely. */
export function unfoldStart(part: Part): PartStart {
  if (part.type === 'tool-result') return { type: 'tool-result', part };
  const start = startOf(part);
  if (part.extensions !== undefined) start.extensions = part.extensions;
  if (part.cache !== undefined) start.cache = part.cache;
  return start;
}

function startOf(part: Exclude<Part, { type: 'tool-result' }>): PartStart {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'json':
      return { type: part.type };
    case 'reasoning': {
      const start: PartStart = { type: 'reasoning' };
      if (part.summary !== undefined) start.summary = part.summary;
      if (part.redacted !== undefined) start.redacted = part.redacted;
      return start;
    }
    case 'tool-call': {
      const start: PartStart = { type: 'tool-call', id: part.id, name: part.name, kind: part.kind };
      if (part.namespace !== undefined) start.namespace = part.namespace;
      return start;
    }
    case 'media': {
      const start: PartStart = { type: 'media', mediaType: part.mediaType };
      if (part.source.type !== 'base64') start.source = part.source;
      if (part.filename !== undefined) start.filename = part.filename;
      if (part.title !== undefined) start.title = part.title;
      if (part.detail !== undefined) start.detail = part.detail;
      return start;
    }
    case 'opaque': {
      const start: PartStart = { type: 'opaque', dialect: part.dialect, value: part.value };
      if (part.family !== undefined) start.family = part.family;
      return start;
    }
    default:
      throw new TypeError(`unknown part type '${(part as { type: string }).type}'`);
  }
}

/** What follows the `part-start` of a whole part: its content in one piece, then citations, logprobs, signature. */
export function unfoldDeltas(part: Part): PartDelta[] {
  if (part.type === 'tool-result') return [];
  const deltas: PartDelta[] = [];
  switch (part.type) {
    case 'text':
      if (part.text !== '') deltas.push({ type: 'text', text: part.text });
      for (const citation of part.citations ?? []) deltas.push({ type: 'citation', citation });
      break;
    case 'refusal':
    case 'reasoning':
      if (part.text !== '') deltas.push({ type: part.type, text: part.text });
      break;
    case 'tool-call':
      if (part.input !== '') deltas.push({ type: 'tool-input', text: part.input });
      break;
    case 'media':
      if (part.source.type === 'base64' && part.source.data !== '') {
        deltas.push({ type: 'media-data', data: part.source.data });
      }
      break;
    case 'json':
      deltas.push({ type: 'json', text: JSON.stringify(part.value) });
      break;
    case 'opaque':
      break;
    default:
      throw new TypeError(`unknown part type '${(part as { type: string }).type}'`);
  }
  if ('logprobs' in part && part.logprobs !== undefined) {
    deltas.push({ type: 'logprobs', logprobs: part.logprobs });
  }
  if (part.signature !== undefined) deltas.push({ type: 'signature', signature: part.signature });
  return deltas;
}
