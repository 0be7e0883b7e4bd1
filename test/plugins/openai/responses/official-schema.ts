import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv, type ValidateFunction } from 'ajv';
import { corpus } from '../../../helpers/corpus.ts';
import { relaxSchema } from '../../relax-schema.ts';

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
  return relaxSchema(components, { anyForm: true });
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
