import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv, type ValidateFunction } from 'ajv';
import { corpus } from '../../../helpers/corpus.ts';

/** Fields that came late, or that the service itself does without: clients leave them out of what they send back. */
const LATE: Record<string, readonly string[]> = {
  OutputMessage: ['id', 'status'],
  ReasoningItem: ['id'],
  OutputTextContent: ['annotations', 'logprobs'],
  WebSearchToolCall: ['action'],
};

let document: JsonObject | undefined;
let events: Map<string, string> | undefined;
const compiled = new Map<string, ValidateFunction>();

function readDocument(): JsonObject {
  const path = join(corpus, 'schemas', 'openai', 'openapi.json');
  const { components } = JSON.parse(readFileSync(path, 'utf8'));
  for (const name in LATE) {
    const schema = components.schemas[name];
    schema.required = schema.required.filter((field: string) => !LATE[name]?.includes(field));
  }
  // The service itself uses codes that are not listed: a recorded stream fails with `insufficient_quota`.
  components.schemas.ResponseErrorCode = { type: 'string' };
  return relax(components) as JsonObject;
}

/**
 * A check against the service's published description, relaxed as real traffic needs it: null is allowed wherever a
 * field is optional, and a value may fit more than one of several forms. Returns the complaints, none if valid.
 */
export function checkSchema(name: string, value: Json): string[] {
  document ??= readDocument();
  let validate = compiled.get(name);
  if (validate === undefined) {
    const schema = { $ref: `#/components/schemas/${name}`, components: document };
    validate = new Ajv({ strict: false, validateFormats: false, discriminator: false }).compile(schema);
    compiled.set(name, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(-1).map((error) => `${name}${error.instancePath} ${error.message}`);
}

/** The same for an event of a stream, by its type. */
export function checkEvent(event: Json): string[] {
  document ??= readDocument();
  events ??= readEvents(document.schemas as JsonObject);
  const { type } = event as JsonObject;
  const name = typeof type === 'string' ? events.get(type) : undefined;
  return name === undefined ? [`no event is called ${type}`] : checkSchema(name, event);
}

function readEvents(schemas: JsonObject): Map<string, string> {
  const found = new Map<string, string>();
  for (const name in schemas) {
    const { properties } = schemas[name] as JsonObject;
    const type = ((properties as JsonObject | undefined)?.type as JsonObject | undefined)?.enum;
    if (Array.isArray(type) && typeof type[0] === 'string' && name.startsWith('Response')) {
      if (name.endsWith('Event')) found.set(type[0], name);
    }
  }
  return found;
}

function relax(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(relax);
  if (typeof value !== 'object' || value === null) return value ?? null;
  const { nullable, ...rest } = value;
  if (nullable === true) return { anyOf: [relax(rest), { type: 'null' }] };
  const relaxed: JsonObject = {};
  for (const key in value) {
    if (key === 'nullable' || key === 'discriminator') continue;
    if (key === 'properties') relaxed[key] = relaxProperties(value.properties as JsonObject, value.required);
    else relaxed[key === 'oneOf' ? 'anyOf' : key] = relax(value[key]);
  }
  return relaxed;
}

function relaxProperties(properties: JsonObject, required: Json | undefined): JsonObject {
  const relaxed: JsonObject = {};
  for (const name in properties) {
    const property = relax(properties[name] ?? {});
    const isNeeded = Array.isArray(required) && required.includes(name);
    relaxed[name] = isNeeded ? property : { anyOf: [property, { type: 'null' }] };
  }
  return relaxed;
}
