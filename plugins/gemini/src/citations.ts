import { type Citation, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

import { byteAt, type Measure, unitAt } from './offsets.ts';

/**
 * What a candidate's `groundingMetadata` and `citationMetadata` say of the text it ends with. The service counts in
 * bytes of that text.
 */
export function decodeCitations(candidate: JsonObject, measure: Measure): Citation[] {
  const citations: Citation[] = [];
  const grounding = candidate.groundingMetadata;
  if (isObject(grounding) && Array.isArray(grounding.groundingSupports)) {
    const chunks = Array.isArray(grounding.groundingChunks) ? grounding.groundingChunks : [];
    for (const support of grounding.groundingSupports) {
      if (!isObject(support) || !Array.isArray(support.groundingChunkIndices)) continue;
      for (const index of support.groundingChunkIndices) {
        const chunk = typeof index === 'number' ? chunks[index] : undefined;
        citations.push(readSupport(support.segment, chunk, measure));
      }
    }
  }
  const recited = candidate.citationMetadata;
  const sources = isObject(recited) ? (recited.citationSources ?? recited.citations) : undefined;
  if (Array.isArray(sources)) {
    for (const source of sources) if (isObject(source)) citations.push(readSource(source, measure));
  }
  return citations;
}

/** A chunk is a page (`web`), a stored document (`retrievedContext`) or a place (`maps`). */
function readSupport(segment: Json | undefined, chunk: Json | undefined, measure: Measure): Citation {
  const citation: Citation = {};
  const source = isObject(chunk) ? (chunk.web ?? chunk.retrievedContext ?? chunk.maps) : undefined;
  if (isObject(source)) {
    if (typeof source.uri === 'string') citation.url = source.uri;
    if (typeof source.title === 'string') citation.title = source.title;
  }
  if (!isObject(segment)) return citation;
  if (typeof segment.text === 'string') citation.quote = segment.text;
  place(citation, segment, measure);
  return citation;
}

function readSource(source: JsonObject, measure: Measure): Citation {
  const citation: Citation = {};
  if (typeof source.uri === 'string') citation.url = source.uri;
  if (typeof source.title === 'string') citation.title = source.title;
  place(citation, source, measure);
  return citation;
}

/** A start of 0 is left out on the wire. */
function place(citation: Citation, { startIndex, endIndex }: JsonObject, measure: Measure): void {
  if (typeof endIndex !== 'number') return;
  citation.start = typeof startIndex === 'number' ? unitAt(measure, startIndex) : 0;
  citation.end = unitAt(measure, endIndex);
}

/** `groundingMetadata` for a client; each page once. `partIndex`: of the cited text among the parts. */
export function encodeGrounding(
  citations: readonly { citation: Citation; partIndex: number; measure: Measure }[],
): JsonObject {
  const chunks: JsonObject[] = [];
  const places = new Map<string, number>();
  const supports: JsonObject[] = [];
  for (const { citation, partIndex, measure } of citations) {
    const { url = '', title = '', quote, start, end } = citation;
    const key = `${url}\n${title}`;
    let index = places.get(key);
    if (index === undefined) {
      index = chunks.length;
      places.set(key, index);
      chunks.push({ web: { uri: url, title } });
    }
    const segment: JsonObject = {};
    if (partIndex > 0) segment.partIndex = partIndex;
    if (start !== undefined && start > 0) segment.startIndex = byteAt(measure, start);
    if (end !== undefined) segment.endIndex = byteAt(measure, end);
    if (quote !== undefined) segment.text = quote;
    supports.push({ segment, groundingChunkIndices: [index] });
  }
  return { groundingChunks: chunks, groundingSupports: supports };
}
