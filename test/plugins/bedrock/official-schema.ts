import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv } from 'ajv';
import { corpus } from '../../helpers/corpus.ts';

interface Shape {
  type: string;
  members?: Record<string, { target: string; traits?: JsonObject }>;
  member?: { target: string };
  value?: { target: string };
  traits?: JsonObject;
}

const CACHE_POINT = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  properties: { type: { const: 'default' }, ttl: { enum: ['5m', '1h'] } },
};
const S3 = { $ref: '#/definitions/S3Location' };

/** What the service's reference of 2026-10 has beyond the published model, which is of 2025-04. */
const additions: Record<string, JsonObject> = {
  SystemContentBlock: { cachePoint: CACHE_POINT },
  ContentBlock: {
    cachePoint: CACHE_POINT,
    audio: { type: 'object', required: ['format', 'source'] },
    citationsContent: { type: 'object' },
  },
  Tool: { cachePoint: CACHE_POINT, systemTool: { type: 'object' } },
  ToolSpecification: { strict: { type: 'boolean' } },
  ImageSource: { s3Location: S3 },
  DocumentSource: { s3Location: S3 },
  ConverseRequest: {
    serviceTier: {
      type: 'object',
      required: ['type'],
      properties: { type: { enum: ['default', 'priority', 'flex', 'reserved'] } },
    },
    outputConfig: {
      type: 'object',
      additionalProperties: false,
      properties: { textFormat: { type: 'object', required: ['type', 'structure'] } },
    },
  },
};
/** More stop sequences than the published model has. */
const UNBOUNDED = new Set(['stopSequences']);

/** A check of bodies against `Converse` of the published model. Returns the complaints, none if valid. */
export function createConverseCheck(): (body: Json) => string[] {
  const file = join(corpus, 'schemas', 'bedrock', 'bedrock-runtime-2023-09-30.json');
  const { shapes } = JSON.parse(readFileSync(file, 'utf8')) as { shapes: Record<string, Shape> };
  const definitions: JsonObject = {};
  for (const [id, shape] of Object.entries(shapes))
    definitions[nameOf(id)] = toSchema(nameOf(id), shape, shapes);
  const root = definitions.ConverseRequest as { required: string[] };
  // The model's id stands in the address.
  root.required = root.required.filter((name) => name !== 'modelId');
  const schema = { $ref: '#/definitions/ConverseRequest', definitions };
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  return (body) => {
    if (validate(body)) return [];
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
      return `${instancePath} ${message} ${JSON.stringify(params)}`;
    });
  };
}

function nameOf(id: string): string {
  return id.slice(id.indexOf('#') + 1);
}

function toSchema(
  name: string,
  { type, members = {}, member, value, traits = {} }: Shape,
  shapes: Record<string, Shape> = {},
): JsonObject {
  switch (type) {
    case 'structure':
    case 'union': {
      const properties: JsonObject = { ...additions[name] };
      const required: string[] = [];
      for (const [field, { target, traits: own = {} }] of Object.entries(members)) {
        const isList = shapes[target]?.type === 'list';
        properties[field] = withLimits(refTo(target), UNBOUNDED.has(field) ? {} : own, isList);
        if (own['smithy.api#required'] !== undefined) required.push(field);
      }
      const schema: JsonObject = { type: 'object', additionalProperties: false, properties };
      return type === 'structure'
        ? { ...schema, required }
        : { ...schema, minProperties: 1, maxProperties: 1 };
    }
    case 'list':
      return withLimits({ type: 'array', items: refTo(member?.target ?? '') }, traits, true);
    case 'map':
      return { type: 'object', additionalProperties: refTo(value?.target ?? '') };
    case 'enum':
      return {
        enum: Object.values(members).map(({ traits: own = {} }) => own['smithy.api#enumValue'] ?? null),
      };
    case 'blob':
      return { type: 'string', contentEncoding: 'base64', pattern: '^[A-Za-z0-9+/]*=*$' };
    case 'string':
      return withLimits({ type: 'string' }, traits);
    case 'integer':
    case 'long':
      return { type: 'integer' };
    case 'float':
    case 'double':
      return { type: 'number' };
    case 'boolean':
      return { type: 'boolean' };
    default:
      return {};
  }
}

function refTo(target: string): JsonObject {
  if (!target.startsWith('smithy.api#')) return { $ref: `#/definitions/${nameOf(target)}` };
  const type = nameOf(target).replace('Primitive', '').toLowerCase();
  if (type === 'document') return {};
  return toSchema('', { type });
}

function withLimits(schema: JsonObject, traits: JsonObject, isList = false): JsonObject {
  const length = (traits['smithy.api#length'] ?? {}) as { min?: number; max?: number };
  const range = (traits['smithy.api#range'] ?? {}) as { min?: number; max?: number };
  const pattern = traits['smithy.api#pattern'];
  const limits: JsonObject = {};
  if (length.min !== undefined) limits[isList ? 'minItems' : 'minLength'] = length.min;
  if (length.max !== undefined && schema.type !== 'object')
    limits[isList ? 'maxItems' : 'maxLength'] = length.max;
  if (range.min !== undefined) limits.minimum = range.min;
  if (range.max !== undefined) limits.maximum = range.max;
  if (typeof pattern === 'string') limits.pattern = pattern;
  return Object.keys(limits).length === 0 ? schema : { allOf: [schema, limits] };
}
