/** The part of JSON Schema 2020-12 our schemas use. */
export interface Schema {
  $id?: string;
  $ref?: string;
  $defs?: Record<string, Schema>;
  /** Names the generated type. A definition without one is written out where it is used. */
  title?: string;
  description?: string;
  default?: unknown;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema | boolean>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** All schemas by file name without `.schema.json`. */
export type Schemas = Record<string, Schema>;

export interface Resolved {
  /** Name of the schema it stands in. */
  file: string;
  schema: Schema;
}

/** What a `$ref` in `file` points to. */
export function resolveRef(schemas: Schemas, file: string, ref: string): Resolved {
  const [document = '', fragment = ''] = ref.split('#');
  const target = document === '' ? file : document.replace('.schema.json', '');
  const name = fragment.replace('/$defs/', '');
  const schema = fragment === '' ? schemas[target] : schemas[target]?.$defs?.[name];
  if (schema === undefined) throw new Error(`${file}.schema.json: '${ref}' points to nothing`);
  return { file: target, schema };
}

/** The sentence that describes a property: its own, or that of an unnamed definition it refers to. */
export function describe(schemas: Schemas, file: string, schema: Schema): string {
  let text = schema.description ?? '';
  if (text === '' && schema.$ref !== undefined) {
    const target = resolveRef(schemas, file, schema.$ref).schema;
    if (target.title === undefined) text = target.description ?? '';
  }
  return text;
}

/** ` Default: 64.`, or nothing when there is no default or an empty object that only gathers defaults. */
export function describeDefault(schema: Schema): string {
  if (schema.default === undefined || JSON.stringify(schema.default) === '{}') return '';
  return JSON.stringify(schema.default);
}
