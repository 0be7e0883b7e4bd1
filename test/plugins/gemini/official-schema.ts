import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv, type ValidateFunction } from 'ajv';
import { corpus } from '../../helpers/corpus.ts';

/** The names of the service's own schemas in the corpus: it has none of a whole request. */
export type SchemaName = 'GeminiContent' | 'GeminiGenerationConfig' | 'GeminiTool';

/**
 * A check against the schema made from Google's own client. It closes every object, so an unknown name is a complaint.
 */
export function loadSchema(name: SchemaName): (value: Json) => string[] {
  const schema = JSON.parse(readFileSync(join(corpus, 'schemas', 'gemini', `${name}.schema.json`), 'utf8'));
  const validate: ValidateFunction = new Ajv({ strict: false }).compile(schema);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** What the service refuses of a request, as far as its schemas and its documentation of turns tell. */
export function createRequestCheck(): (body: JsonObject) => string[] {
  const content = loadSchema('GeminiContent');
  const config = loadSchema('GeminiGenerationConfig');
  const tool = loadSchema('GeminiTool');
  return (body) => {
    const faults: string[] = [];
    for (const key in body) if (!REQUEST_FIELDS.has(key)) faults.push(`unknown field ${key}`);
    const contents = body.contents as JsonObject[];
    for (const each of contents) faults.push(...content(each));
    if (body.systemInstruction !== undefined) faults.push(...content(body.systemInstruction));
    if (body.generationConfig !== undefined) faults.push(...config(body.generationConfig));
    for (const each of (body.tools ?? []) as JsonObject[]) faults.push(...tool(each));
    return [...faults, ...findTurnFaults(contents)];
  };
}

const REQUEST_FIELDS = new Set([
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
]);

interface Part {
  text?: string;
  functionCall?: { id: string };
  functionResponse?: { id: string };
}

/** A turn with calls is followed by its results, in order and nothing between; no part is an empty text. */
function findTurnFaults(contents: JsonObject[]): string[] {
  const faults: string[] = [];
  const turns = contents as unknown as { role: string; parts: Part[] }[];
  turns.forEach(({ role, parts }, index) => {
    if (parts.length === 0) faults.push(`content ${index} is empty`);
    if (role !== 'user' && role !== 'model') faults.push(`content ${index} has the role ${role}`);
    if (parts.some((part) => part.text === '' && !('thoughtSignature' in part))) {
      faults.push(`content ${index} has an empty text`);
    }
    const calls = parts.flatMap(({ functionCall }) => functionCall?.id ?? []);
    const results = (turns[index + 1]?.parts ?? []).flatMap(
      ({ functionResponse }) => functionResponse?.id ?? [],
    );
    const answered = calls.filter((id) => results.includes(id));
    if (results.length > 0 && results.join() !== answered.join()) {
      faults.push(`the results of content ${index} are in another order`);
    }
  });
  return faults;
}
