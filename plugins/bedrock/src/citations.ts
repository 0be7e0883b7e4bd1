import { type Citation, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** Where a statement comes from: a document of the request, a search result or a page of the web. */
export function decodeCitation(wire: JsonObject): Citation {
  const citation: Citation = {};
  if (typeof wire.title === 'string') citation.title = wire.title;
  const quote = quoteOf(wire.sourceContent);
  if (quote !== '') citation.quote = quote;
  const location = isObject(wire.location) ? wire.location : {};
  const web = isObject(location.web) ? location.web : {};
  if (typeof web.url === 'string') citation.url = web.url;
  else if (typeof wire.source === 'string' && /^https?:/.test(wire.source)) citation.url = wire.source;
  citation.opaque = { dialect: DIALECT, value: wire };
  return citation;
}

function quoteOf(content: Json | undefined): string {
  if (!Array.isArray(content)) return '';
  return content
    .map((piece) => (isObject(piece) && typeof piece.text === 'string' ? piece.text : ''))
    .join('');
}
