import { type Citation, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY, ownValue } from './dialect.ts';

/** The whole citation travels along: its offsets are into the cited document, not into the text. */
export function decodeCitation(wire: Json): Citation {
  const citation: Citation = {};
  if (isObject(wire)) {
    if (typeof wire.url === 'string') citation.url = wire.url;
    else if (typeof wire.source === 'string') citation.url = wire.source;
    const title = wire.title ?? wire.document_title;
    if (typeof title === 'string') citation.title = title;
    if (typeof wire.cited_text === 'string') citation.quote = wire.cited_text;
  }
  citation.opaque = { dialect: DIALECT, family: FAMILY, value: wire };
  return citation;
}

/** A citation as this dialect wrote it, if it did. */
export function ownCitation(citation: Citation): Json | undefined {
  return ownValue(citation.opaque);
}

/**
 * A citation for a client. A web search result is the only kind that holds a URL; `encrypted_index` is required,
 * and empty because only Anthropic's own search can fill it.
 */
export function encodeCitation(citation: Citation): JsonObject | Json {
  return (
    ownCitation(citation) ?? {
      type: 'web_search_result_location',
      url: citation.url ?? '',
      title: citation.title ?? null,
      cited_text: citation.quote ?? '',
      encrypted_index: '',
    }
  );
}
