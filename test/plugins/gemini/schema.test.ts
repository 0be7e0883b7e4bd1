import t from 'tap';
import { cleanSchema } from '../../../plugins/gemini/src/clean-schema.ts';

t.test('what the service knows stays as it is', (t) => {
  const schema = {
    type: 'object',
    title: 'T',
    properties: {
      a: { type: ['string', 'null'], enum: ['x', null], format: 'date' },
      b: { type: 'array', items: { $ref: '#/$defs/C' }, minItems: 1, maxItems: 3 },
      c: { anyOf: [{ type: 'integer', minimum: 0, maximum: 9 }, { type: 'null' }], default: null },
    },
    required: ['a'],
    additionalProperties: false,
    $defs: { C: { type: 'object', properties: {} } },
  };
  t.strictSame(cleanSchema(schema), { schema, lost: [] });
  t.end();
});

t.test('what says nothing of values goes without a word', (t) => {
  const { schema, lost } = cleanSchema({
    $schema: 'x',
    $comment: 'y',
    examples: [1],
    deprecated: true,
    'x-a': 1,
    type: 'string',
  });
  t.strictSame(schema, { type: 'string' });
  t.strictSame(lost, []);
  t.end();
});

t.test('limits the service does not hold are told in the description', (t) => {
  const { schema, lost } = cleanSchema({
    type: 'object',
    properties: { a: { type: 'string', description: 'A.', pattern: '^a', minLength: 2 } },
  });
  t.strictSame(schema.properties, {
    a: { type: 'string', description: 'A.\n\n{pattern: "^a", minLength: 2}' },
  });
  t.strictSame(lost, ['pattern', 'minLength']);
  t.end();
});

t.test('a property may have the name of a keyword', (t) => {
  const properties = { pattern: { type: 'string' }, const: { type: 'string' }, $ref: { type: 'string' } };
  t.strictSame(cleanSchema({ type: 'object', properties }), {
    schema: { type: 'object', properties },
    lost: [],
  });
  t.end();
});

t.test('alternatives, constants and unions are said in words the service knows', (t) => {
  const { schema } = cleanSchema({
    oneOf: [{ const: 'a' }, { const: 2 }],
    allOf: [
      { properties: { x: { type: 'string' } }, required: ['x'] },
      { properties: { y: { type: 'string' } }, required: ['y'] },
    ],
  });
  t.strictSame(schema, {
    anyOf: [
      { enum: ['a'], type: 'string' },
      { enum: [2], type: 'number' },
    ],
    properties: { y: { type: 'string' }, x: { type: 'string' } },
    required: ['x', 'y'],
  });
  t.end();
});

t.test('a reference stands alone: what is said beside it goes around it', (t) => {
  t.strictSame(cleanSchema({ $ref: '#/$defs/A' }).schema, { $ref: '#/$defs/A' });
  t.strictSame(cleanSchema({ $ref: '#/$defs/A', description: 'an A' }).schema, {
    description: 'an A',
    anyOf: [{ $ref: '#/$defs/A' }],
  });
  t.end();
});

t.test('references lead where the service looks, or what they mean is put in their place', (t) => {
  const { schema } = cleanSchema({
    type: 'object',
    properties: {
      a: { $ref: '#/definitions/A' },
      b: { type: 'object', properties: { c: { type: 'string' }, d: { $ref: '#/properties/b' } } },
      e: { $ref: '#/properties/b/properties/c', description: 'E' },
      f: { $ref: '#/properties/missing' },
    },
    definitions: { A: { type: 'integer' } },
    $defs: { B: { type: 'boolean' } },
  });
  t.strictSame(schema, {
    type: 'object',
    properties: {
      a: { $ref: '#/$defs/A' },
      b: {
        type: 'object',
        properties: {
          c: { type: 'string' },
          d: { type: 'object', properties: { c: { type: 'string' }, d: { type: 'object' } } },
        },
      },
      e: { type: 'string', description: 'E' },
      f: { $ref: '#/properties/missing' },
    },
    $defs: { A: { type: 'integer' }, B: { type: 'boolean' } },
  });
  t.end();
});

t.test('references that multiply come to an end', (t) => {
  const properties: Record<string, object> = { p0: { type: 'string' } };
  for (let at = 1; at < 40; at++) {
    const ref = { $ref: `#/properties/p${at - 1}` };
    properties[`p${at}`] = { type: 'object', properties: { a: ref, b: ref } };
  }
  t.ok(JSON.stringify(cleanSchema({ type: 'object', properties } as never).schema).length < 1_000_000);
  t.end();
});
