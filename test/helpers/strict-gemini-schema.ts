import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyNames, refuseGemini } from './gemini-refusal.ts';
import { asArray, asObject } from './refusal.ts';

const keys = (
  'anyOf default description enum example format items maxItems maxLength maxProperties maximum minItems minLength ' +
  'minProperties minimum nullable pattern properties propertyOrdering required title type'
).split(' ');
const types = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

/** Google's own Schema message, a narrow part of OpenAPI 3: no `$ref`, no `additionalProperties`, no list of types. */
export function checkSchema(value: Json | undefined, path: string): void {
  const schema = onlyNames(value, keys, path);
  if (schema === null) return;
  const type = String(schema.type ?? '').toLowerCase();
  if (schema.type !== undefined && (typeof schema.type !== 'string' || !types.includes(type))) {
    refuseGemini(`Invalid value at '${path}.type' (TYPE_ENUM), ${JSON.stringify(schema.type)}`);
  }
  checkEnum(schema, type, path);
  if (type === 'array' && schema.items === undefined) {
    refuseGemini(`* GenerateContentRequest.${path}.items: missing field.\n`);
  }
  if (type === 'string' && schema.format !== undefined && !formats.includes(String(schema.format))) {
    refuseGemini(
      `* GenerateContentRequest.${path}.format: only 'enum' and 'date-time' are supported for STRING type\n`,
    );
  }
  checkProperties(schema, path);
  if (schema.items !== undefined) checkSchema(schema.items, `${path}.items`);
  for (const [index, each] of (asArray(schema.anyOf) ?? []).entries()) {
    checkSchema(each, `${path}.any_of[${index}]`);
  }
}

const formats = ['enum', 'date-time'];

function checkEnum(schema: JsonObject, type: string, path: string): void {
  const values = asArray(schema.enum);
  if (values === null) return;
  if (values.some((each) => typeof each !== 'string')) {
    refuseGemini(`Invalid value at '${path}.enum[0]' (TYPE_STRING), ${JSON.stringify(values[0])}`);
  }
  if (values.includes('')) refuseGemini(`* GenerateContentRequest.${path}.enum[0]: cannot be empty\n`);
  if (type !== 'string')
    refuseGemini(`* GenerateContentRequest.${path}.enum: only allowed for STRING type\n`);
}

function checkProperties(schema: JsonObject, path: string): void {
  const properties = asObject(schema.properties);
  for (const [name, inner] of Object.entries(properties ?? {})) {
    checkSchema(inner, `${path}.properties[${name}]`);
  }
  for (const [index, name] of (asArray(schema.required) ?? []).entries()) {
    if (properties !== null && Object.hasOwn(properties, String(name))) continue;
    refuseGemini(`* GenerateContentRequest.${path}.required[${index}]: property is not defined\n`);
  }
}
