import { type Citation, isObject, type Json, type JsonObject, leftover } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

const ANNOTATION_FIELDS = new Set(['type', 'url_citation']);
const CITATION_FIELDS = new Set(['url', 'title', 'content', 'start_index', 'end_index']);

/** An entry of `annotations`. What the hub has no words for is kept whole. */
export function decodeAnnotation(annotation: Json): Citation {
  if (!isObject(annotation) || annotation.type !== 'url_citation' || !isObject(annotation.url_citation)) {
    return { opaque: { dialect: DIALECT, value: annotation } };
  }
  const wire = annotation.url_citation;
  const citation: Citation = {};
  if (typeof wire.url === 'string') citation.url = wire.url;
  if (typeof wire.title === 'string') citation.title = wire.title;
  if (typeof wire.content === 'string') citation.quote = wire.content;
  if (typeof wire.start_index === 'number') citation.start = wire.start_index;
  if (typeof wire.end_index === 'number') citation.end = wire.end_index;
  const isWhole =
    leftover(annotation, ANNOTATION_FIELDS) === undefined && leftover(wire, CITATION_FIELDS) === undefined;
  if (!isWhole || hasOtherTypes(wire)) citation.opaque = { dialect: DIALECT, value: annotation };
  return citation;
}

function hasOtherTypes({ url, title, content, start_index: start, end_index: end }: JsonObject): boolean {
  for (const text of [url, title, content]) if (text !== undefined && typeof text !== 'string') return true;
  for (const place of [start, end]) if (place !== undefined && typeof place !== 'number') return true;
  return false;
}

/** `length`: of the text so far, for a citation that does not say which part of it it stands for. */
export function encodeAnnotation(citation: Citation, isOwn: boolean, length: number): Json | undefined {
  if (citation.opaque?.dialect === DIALECT) return citation.opaque.value;
  const wire: JsonObject = {};
  if (!isOwn) {
    if (citation.url === undefined) return undefined;
    wire.url = citation.url;
    wire.title = citation.title ?? citation.url;
    wire.start_index = citation.start ?? 0;
    wire.end_index = citation.end ?? length;
    return { type: 'url_citation', url_citation: wire };
  }
  if (citation.url !== undefined) wire.url = citation.url;
  if (citation.title !== undefined) wire.title = citation.title;
  if (citation.quote !== undefined) wire.content = citation.quote;
  if (citation.start !== undefined) wire.start_index = citation.start;
  if (citation.end !== undefined) wire.end_index = citation.end;
  return { type: 'url_citation', url_citation: wire };
}
