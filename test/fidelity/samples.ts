import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';

type Schema = JsonObject & { properties?: Record<string, Schema>; required?: string[] };
/** One field of a canonical value, said and not said. */
export interface Sample {
  /** JSON pointer of the field in `value`. */
  path: string;
  /** Smallest value that says it. */
  value: Json;
  /** The same without it; where the field may not be absent, with another word in its place. */
  without: Json | undefined;
  /** What it says; absent where all there is to say is that it is there. */
  said?: Json;
}

const file = join(import.meta.dirname, '..', '..', 'schemas', 'canonical.schema.json');
const definitions = (JSON.parse(readFileSync(file, 'utf8')) as { $defs: Record<string, Schema> }).$defs;

/** Words that must mean something to be let through; for all others any word does. The second is another word. */
const words: Record<string, [Json, Json]> = {
  data: ['c2FtcGxlIG9uZQ==', 'c2FtcGxlIHR3bw=='],
  url: ['https://sample.example/one.png', 'https://sample.example/two.png'],
  mediaType: ['image/png', 'image/jpeg'],
  input: ['{"city":"sample one"}', '{"city":"sample two"}'],
  inputSchema: [schemaOf('sampleOne'), schemaOf('sampleTwo')],
  schema: [schemaOf('sampleOne'), schemaOf('sampleTwo')],
  detail: ['high', 'low'],
  verbosity: ['low', 'high'],
  serviceTier: ['priority', 'flex'],
  modalities: [['audio'], ['image']],
  format: ['wav', 'mp3'],
  voice: ['alloy', 'echo'],
  only: [['sample_tool'], ['sample_tool', 'other_tool']],
  logitBias: [{ '42': 7 }, { '43': 7 }],
  location: [
    { city: 'sample one', country: 'CH' },
    { city: 'sample two', country: 'CH' },
  ],
  allow: [['sample.example'], ['other.example']],
  block: [['sample.example'], ['other.example']],
  grammar: [
    { syntax: 'regex', definition: 'sample-one' },
    { syntax: 'regex', definition: 'sample-two' },
  ],
  metadata: [{ sample: 'one' }, { sample: 'two' }],
  temperature: [0.25, 0.5],
  topP: [0.25, 0.5],
  topK: [7, 9],
  frequencyPenalty: [0.25, 0.5],
  presencePenalty: [0.25, 0.5],
  candidates: [2, 3],
  maxOutputTokens: [777, 999],
  budgetTokens: [2048, 4096],
  top: [3, 4],
  seed: [17, 18],
  logprob: [-0.25, -0.5],
  bytes: [[115], [116]],
  start: [3, 4],
  end: [8, 9],
  name: ['sample_tool', 'other_tool'],
  id: ['sample_id_one', 'sample_id_two'],
  callId: ['sample_id_one', 'sample_id_two'],
  namespace: ['sample_space', 'other_space'],
  text: ['sample text one', 'sample text two'],
};

/** Things that are said as a whole. */
const whole: Record<string, [Json, Json]> = {
  Opaque: [
    { dialect: 'elsewhere', family: 'elsewhere', value: 'sample secret one' },
    { dialect: 'elsewhere', family: 'elsewhere', value: 'sample secret two' },
  ],
  Extensions: [{ elsewhere: { sample: 'one' } }, { elsewhere: { sample: 'two' } }],
};
/** What a thing holds even where the schema does not ask for it: nobody would say it without. */
const bases: Record<string, JsonObject> = {
  ReasoningSettings: { effort: 'high' },
  Citation: { url: 'https://cited.example/page', title: 'cited page', start: 1, end: 15 },
};

function schemaOf(property: string): JsonObject {
  return {
    type: 'object',
    properties: { [property]: { type: 'string' } },
    required: [property],
    additionalProperties: false,
  };
}

/** A sample of every field the schema knows, with every variant and every word of a closed list. */
export function samplesOf(definition: string): Sample[] {
  return Array.from(expand(resolve({ $ref: `#/$defs/${definition}` }), ''));
}

/** The smallest valid value. */
export function smallest(definition: string): Json {
  return least(resolve({ $ref: `#/$defs/${definition}` }), '');
}

function resolve(schema: Schema): Schema {
  if (typeof schema.$ref === 'string') {
    const found = definitions[schema.$ref.slice('#/$defs/'.length)];
    if (found === undefined) throw new Error(`the schema has no ${schema.$ref}`);
    return resolve(found);
  }
  if (!Array.isArray(schema.allOf)) return schema;
  const parts = schema.allOf.map((part) => resolve(part as Schema));
  const properties = Object.assign({}, ...parts.map((part) => part.properties), schema.properties);
  const required = [...parts.flatMap((part) => part.required ?? []), ...(schema.required ?? [])];
  const { allOf: _, ...rest } = schema;
  return { ...rest, properties, required };
}

function variantsOf(schema: Schema): Schema[] | undefined {
  return Array.isArray(schema.oneOf) ? schema.oneOf.map((each) => resolve(each as Schema)) : undefined;
}

function isLeaf(schema: Schema, key: string): boolean {
  if (schema.title !== undefined && whole[String(schema.title)] !== undefined) return true;
  const items = schema.items === undefined ? undefined : resolve(schema.items as Schema);
  const isPlain = schema.oneOf === undefined && schema.properties === undefined;
  if (words[key] !== undefined && isPlain && items?.properties === undefined) return true;
  return schema.properties === undefined && schema.items === undefined && schema.oneOf === undefined;
}

function* expand(schema: Schema, key: string): Generator<Sample> {
  const variants = variantsOf(schema);
  if (variants !== undefined) {
    for (const variant of variants) yield* expand(variant, key);
    return;
  }
  if (isLeaf(schema, key)) {
    for (const [said, other] of wordsOf(schema, key)) yield { path: '', value: said, without: other, said };
    return;
  }
  if (schema.items !== undefined) {
    for (const each of expand(resolve(schema.items as Schema), key)) {
      yield {
        ...each,
        path: `/0${each.path}`,
        value: [each.value],
        without: each.without === undefined ? [] : [each.without],
      };
    }
    return;
  }
  yield* expandObject(schema, key);
}

function* expandObject(schema: Schema, key: string): Generator<Sample> {
  const base = least(schema, '') as JsonObject;
  const required = new Set(schema.required ?? []);
  const isToken = schema.title === 'TokenLogprob';
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const inner = resolve(property);
    if ('const' in inner) {
      // What kind of thing it is: said by its being there.
      yield { path: '', value: base, without: undefined };
      continue;
    }
    // A token's alternatives are tokens again.
    if (isToken && key === 'top' && name === 'top') continue;
    for (const each of expand(inner, name)) {
      // A variant of what may not be absent is told apart by its own fields.
      if (each.path === '' && each.without === undefined && required.has(name)) continue;
      const isWhole = each.path === '' && !required.has(name);
      const { [name]: _, ...rest } = base;
      yield {
        path: `/${name}${each.path}`,
        value: { ...base, [name]: each.value },
        without: isWhole || each.without === undefined ? rest : { ...base, [name]: each.without },
        ...(each.said === undefined ? {} : { said: each.said }),
      };
    }
  }
}

function wordsOf(schema: Schema, key: string): [Json, Json][] {
  const thing = whole[String(schema.title)];
  if (thing !== undefined) return [thing];
  const list = schema.enum as Json[] | undefined;
  if (list !== undefined) return list.map((word, at) => [word, list[(at + 1) % list.length] as Json]);
  const known = words[key];
  if (known !== undefined) return [known];
  switch (schema.type) {
    case 'string':
      return [[`sample ${key} one`, `sample ${key} two`]];
    case 'integer':
    case 'number':
      return [[31, 29]];
    case 'boolean':
      return [
        [true, false],
        [false, true],
      ];
    case 'object':
      return [[{ sample: { of: `${key} one` } }, { sample: { of: `${key} two` } }]];
    default:
      return [[`sample ${key} one`, `sample ${key} two`]];
  }
}

function least(schema: Schema, key: string): Json {
  const [variant] = variantsOf(schema) ?? [];
  if (variant !== undefined) return least(variant, key);
  if ('const' in schema) return schema.const as Json;
  if (isLeaf(schema, key)) return wordsOf(schema, key)[0]?.[0] ?? null;
  if (schema.items !== undefined) return [];
  const value: JsonObject = { ...bases[String(schema.title)] };
  for (const name of schema.required ?? []) {
    value[name] = least(resolve(schema.properties?.[name] ?? {}), name);
  }
  return value;
}
