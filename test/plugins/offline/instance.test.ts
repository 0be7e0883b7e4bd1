import { readFileSync } from 'node:fs';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import t from 'tap';
import { smallestInstance } from '../../../plugins/offline/src/schema/instance.ts';

const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 9 });
ajvFormats.default(ajv);

const exact: [string, JsonObject, Json][] = [
  [
    'an object without required properties is empty',
    { type: 'object', properties: { a: { type: 'string' } } },
    {},
  ],
  [
    'required properties stand in the order they are declared',
    {
      type: 'object',
      properties: { b: { type: 'integer' }, a: { type: 'boolean' }, c: {} },
      required: ['a', 'b'],
    },
    { b: 0, a: false },
  ],
  ['the shortest enum value is taken', { enum: ['celsius', 'K', 'fahrenheit'] }, 'K'],
  ['a constant is itself', { const: { kind: 'x' } }, { kind: 'x' }],
  [
    'the shortest branch of anyOf is taken',
    { anyOf: [{ type: 'string', minLength: 9 }, { type: 'null' }] },
    null,
  ],
  ['a list of types gives the shortest', { type: ['string', 'null', 'integer'] }, 0],
  [
    'an array has as many items as it must',
    { type: 'array', items: { type: 'string' }, minItems: 2 },
    ['', ''],
  ],
  ['a number is as near to zero as it may be', { type: 'number', minimum: 1.5 }, 1.5],
  ['an upper bound below zero holds', { type: 'integer', maximum: -3 }, -3],
  ['an exclusive bound is not touched', { type: 'integer', exclusiveMinimum: 4 }, 5],
  ['multiples are kept', { type: 'integer', minimum: 7, multipleOf: 5 }, 10],
  ['steps below one are kept', { type: 'number', minimum: 0.25, multipleOf: 0.1 }, 0.3],
  ['a string is as short as it may be', { type: 'string', minLength: 3 }, 'aaa'],
  [
    'a property may be called __proto__',
    JSON.parse('{"type":"object","required":["__proto__"]}'),
    JSON.parse('{"__proto__":0}'),
  ],
  ['$defs are followed', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'boolean' } } }, false],
  ['anchors are followed', { $ref: '#here', $defs: { x: { $anchor: 'here', type: 'null' } } }, null],
  [
    'allOf and its neighbours are merged',
    {
      type: 'object',
      allOf: [{ required: ['a'] }, { properties: { a: { type: 'number' } } }],
      properties: { a: { minimum: 2 } },
    },
    { a: 2 },
  ],
  [
    'a tuple fills its places',
    { type: 'array', prefixItems: [{ type: 'string' }, { const: 7 }], items: false, minItems: 2 },
    ['', 7],
  ],
];

t.test('the smallest instance of a schema is exact', async (t) => {
  for (const [name, schema, expected] of exact) {
    t.same(smallestInstance(schema), expected, name);
    t.ok(ajv.validate(schema, smallestInstance(schema)), `${name}: valid`);
  }
});

const valid: Record<string, JsonObject> = {
  'a recursive tree': {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        required: ['next', 'children'],
        properties: {
          next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
        },
      },
    },
  },
  'unique numbers': { type: 'array', items: { type: 'integer', minimum: 3 }, minItems: 4, uniqueItems: true },
  'unique words of an enum': {
    type: 'array',
    items: { type: 'string', enum: ['x', 'yy', 'zzz'] },
    minItems: 3,
    uniqueItems: true,
  },
  'something contained': { type: 'array', contains: { const: 'gold' }, items: { type: 'string' } },
  'a least number of properties': {
    type: 'object',
    minProperties: 3,
    additionalProperties: { type: 'string' },
  },
  'properties that bring others along': {
    type: 'object',
    required: ['card'],
    properties: { card: { type: 'string' }, address: { type: 'string', minLength: 1 } },
    dependentRequired: { card: ['address'] },
  },
  'a tagged union': {
    oneOf: [
      {
        type: 'object',
        required: ['kind', 'radius'],
        properties: { kind: { const: 'circle' }, radius: { exclusiveMinimum: 0, type: 'number' } },
      },
      {
        type: 'object',
        required: ['kind', 'side'],
        properties: { kind: { const: 'square' }, side: { type: 'number', minimum: 1, maximum: 2 } },
      },
    ],
  },
  'an open interval': { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 },
  'types merged over allOf': {
    allOf: [{ type: ['integer', 'string'] }, { type: 'number' }, { minimum: 12 }],
  },
  'two choices at once': {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    oneOf: [{ type: 'string', minLength: 2 }, { type: 'array' }],
  },
};
for (const format of [
  'date-time',
  'date',
  'time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uri',
  'uuid',
]) {
  valid[`the format ${format}`] = { type: 'string', format };
}
const patterns = [
  '^[A-Z]{3}-\\d{4}$',
  '^(foo|ba[rz])+$',
  '^[^a-z\\s]+$',
  '^\\p{Lu}\\w*@[\\w.-]+\\.[a-z]{2,}$',
  '^#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})$',
  '\\bword\\b',
  '^(?:\\+\\d{1,3} )?\\(?\\d{3}\\)?$',
  '^(?<year>\\d{4})-(0[1-9]|1[0-2])$',
  '^\\u0041\\x42$',
  '^.{5}$',
  '',
];
for (const pattern of patterns) valid[`the pattern ${pattern}`] = { type: 'string', pattern };
valid['a pattern with a least length'] = { type: 'string', pattern: '^[a-z]+$', minLength: 12 };

t.test('an instance of a schema is valid', async (t) => {
  for (const [name, schema] of Object.entries(valid)) {
    const instance = smallestInstance(schema);
    t.ok(ajv.validate(schema, instance), `${name}: ${JSON.stringify(instance)} ${ajv.errorsText()}`);
  }
});

t.test('a schema that cannot be filled in is refused', async (t) => {
  const refused: JsonObject[] = [
    { enum: [] },
    { type: 'integer', minimum: 5, maximum: 4 },
    { allOf: [{ type: 'string' }, { type: 'object' }] },
    { allOf: [{ const: 1 }, { const: 2 }] },
    { $ref: '#' },
    { type: 'object', required: ['a'], properties: { a: { $ref: '#' } } },
    { type: 'object', required: ['a'], additionalProperties: false },
    { type: 'array', minItems: 1e9 },
    { type: 'object', minProperties: 1e9 },
    { type: 'string', minLength: 1e9 },
  ];
  for (const schema of refused) {
    t.throws(
      () => smallestInstance(schema),
      { name: 'TranslateError', code: 'unsupported' },
      JSON.stringify(schema),
    );
  }
});

t.test('a hostile schema costs little', async (t) => {
  const names = Array.from({ length: 12 }, (_, index) => `d${index}`);
  const branches = names.map((name) => ({
    type: 'object',
    required: ['x'],
    properties: { x: { $ref: `#/$defs/${name}` } },
  }));
  const maze: JsonObject = {
    anyOf: branches,
    $defs: Object.fromEntries(names.map((name) => [name, { anyOf: branches }])),
  };
  t.throws(() => smallestInstance(maze), { code: 'unsupported' });
  const nested = {
    type: 'array',
    minItems: 1000,
    items: { type: 'array', minItems: 1000, items: { type: 'string' } },
  };
  t.throws(() => smallestInstance(nested), { code: 'unsupported' });
  t.doesNotThrow(() => smallestInstance({ type: 'string', pattern: '^(a+)+$', minLength: 40 }));
  const long = smallestInstance({
    type: 'array',
    minItems: 1,
    items: { type: 'string', pattern: '((a{999}){999}){9}' },
  });
  t.ok(JSON.stringify(long).length < 11_000);
});

t.test('the schemas of this repository can be filled in', async (t) => {
  const manifest: JsonObject = JSON.parse(
    readFileSync(new URL('../../../plugins/offline/plugin.json', import.meta.url), 'utf8'),
  );
  t.same(smallestInstance(manifest.config as JsonObject), {});
});
