import { type Citation, isObject, type Json, type JsonObject, leftover } from '@dragoman/plugin-sdk';

import { DIALECT } from './dialect.ts';

const CITATION_FIELDS = new Set(['type', 'url', 'title', 'start_index', 'end_index']);

/** An entry of `annotations`. What the hub has no words for is kept whole. */
export function decodeAnnotation(annotation: Json): Citation {
  const opaque = { dialect: DIALECT, value: annotation };
  if (!isObject(annotation)) return { opaque };
  const citation: Citation = {};
  if (typeof annotation.url === 'string') citation.url = annotation.url;
  const title = annotation.title ?? annotation.filename;
  if (typeof title === 'string') citation.title = title;
  if (typeof annotation.start_index === 'number') citation.start = annotation.start_index;
  if (typeof annotation.end_index === 'number') citation.end = annotation.end_index;
  if (!isPlain(annotation)) citation.opaque = opaque;
  return citation;
}

function isPlain(annotation: JsonObject): boolean {
  if (annotation.type !== 'url_citation' || leftover(annotation, CITATION_FIELDS) !== undefined) return false;
  const { url, title, start_index: start, end_index: end } = annotation;
  for (const text of [url, title]) if (text !== undefined && typeof text !== 'string') return false;
  for (const place of [start, end]) if (place !== undefined && typeof place !== 'number') return false;
  return true;
}

/** `length`: of the text so far, for a citation that does not say which part of it it stands for. */
export function encodeAnnotation(citation: Citation, isOwn: boolean, length: number): Json | undefined {
  if (citation.opaque?.dialect === DIALECT) return citation.opaque.value;
  const wire: JsonObject = { type: 'url_citation' };
  if (!isOwn) {
    if (citation.url === undefined) return undefined;
    wire.url = citation.url;
    wire.title = citation.title ?? citation.url;
    wire.start_index = citation.start ?? 0;
    wire.end_index = citation.end ?? length;
    return wire;
  }
  if (citation.url !== undefined) wire.url = citation.url;
  if (citation.title !== undefined) wire.title = citation.title;
  if (citation.start !== undefined) wire.start_index = citation.start;
  if (citation.end !== undefined) wire.end_index = citation.end;
  return wire;
}
