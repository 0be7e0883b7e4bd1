import { type Citation, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';
import { type Offsets, toUnits } from './offsets.ts';

/** Which text a citation is about: the item of `content` with this index, or the plan before calls. */
export type CitationPlace = { index: number } | 'plan' | 'thinking';

export function placeOf(wire: JsonObject): CitationPlace {
  if (wire.type === 'PLAN') return 'plan';
  if (wire.type === 'THINKING_CONTENT') return 'thinking';
  return { index: typeof wire.content_index === 'number' ? wire.content_index : -1 };
}

/** One citation for each source; one without sources still says which words are cited. */
export function decodeCitation(wire: JsonObject, offsets: Offsets): Citation[] {
  const base: Citation = {};
  if (typeof wire.start === 'number') base.start = toUnits(offsets, wire.start);
  if (typeof wire.end === 'number') base.end = toUnits(offsets, wire.end);
  if (typeof wire.text === 'string') base.quote = wire.text;
  const sources = Array.isArray(wire.sources) ? wire.sources.filter(isObject) : [];
  base.opaque = { dialect: DIALECT, family: FAMILY, value: wire };
  if (sources.length === 0) return [base];
  return sources.map((source) => ({ ...base, ...aboutSource(source) }));
}

/** A document's address and title are fields of the client's own choice; these are the names the service suggests. */
function aboutSource(source: JsonObject): Citation {
  const about = isObject(source.document)
    ? source.document
    : isObject(source.tool_output)
      ? source.tool_output
      : {};
  const citation: Citation = {};
  const url = firstText(about.url, about.uri);
  if (url !== undefined) citation.url = url;
  const title = firstText(about.title, about.name, source.id);
  if (title !== undefined) citation.title = title;
  return citation;
}

function firstText(...values: (Json | undefined)[]): string | undefined {
  for (const value of values) if (typeof value === 'string' && value !== '') return value;
  return undefined;
}
