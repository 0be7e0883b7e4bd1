import { describe, describeDefault, resolveRef, type Schema, type Schemas } from './schema.ts';

export interface TypesOptions {
  /** Modules that types come from which are not written out here, by type name. */
  imports: Record<string, string>;
  /** Write the types as they are after defaults were filled in, and name them `...Settings`. */
  filled?: boolean;
}
interface Emitter {
  schemas: Schemas;
  file: string;
  options: TypesOptions;
  used: Map<string, Set<string>>;
}

/** TypeScript declarations of a schema's root, when it is an object, and of every definition with a title. */
export function emitTypes(
  schemas: Schemas,
  file: string,
  options: TypesOptions,
): { imports: string; body: string } {
  const emitter: Emitter = { schemas, file, options, used: new Map() };
  const root = schemas[file];
  if (root === undefined) throw new Error(`no schema '${file}'`);
  const candidates = [...(root.properties === undefined ? [] : [root]), ...Object.values(root.$defs ?? {})];
  const body = candidates
    .filter(({ title }) => title !== undefined && options.imports[title] === undefined)
    .map((schema) => emitDeclaration(emitter, schema))
    .join('\n\n');
  const imports = [...emitter.used].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = imports.map(
    ([from, names]) => `import type { ${[...names].sort().join(', ')} } from '${from}';`,
  );
  return { imports: lines.join('\n'), body };
}

function emitDeclaration(emitter: Emitter, schema: Schema): string {
  const name = nameOf(emitter, schema.title ?? '');
  const doc = emitDoc(schema.description ?? '');
  const bases = (schema.allOf ?? []).map((base) => typeOf(emitter, base));
  if (schema.properties !== undefined && schema.oneOf === undefined) {
    const heritage = bases.length === 0 ? '' : ` extends ${bases.join(', ')}`;
    return `${doc}export interface ${name}${heritage} ${emitBody(emitter, schema)}`;
  }
  return `${doc}export type ${name} = ${typeOf(emitter, { ...schema, title: undefined })};`;
}

function nameOf(emitter: Emitter, title: string): string {
  return emitter.options.filled === true ? title.replace(/Config$/, 'Settings') : title;
}

function emitBody(emitter: Emitter, schema: Schema): string {
  const lines: string[] = [];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property === 'boolean') continue;
    const filled = emitter.options.filled === true && property.default !== undefined;
    const optional = schema.required?.includes(name) === true || filled ? '' : '?';
    const fallback = describeDefault(property);
    const text = describe(emitter.schemas, emitter.file, property);
    const doc = fallback === '' ? text : `${text} Default: \`${fallback}\`.`.trim();
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`;
    lines.push(`${emitDoc(doc)}${key}${optional}: ${typeOf(emitter, property)};`);
  }
  // Biome keeps an object type on one line when its first field stands on the opening line and all of it fits.
  const isPlain = lines.every((line) => !line.startsWith('/**'));
  return isPlain ? `{ ${lines.join(' ')} }` : `{\n${lines.join('\n')}\n}`;
}

function typeOf(emitter: Emitter, schema: Schema): string {
  if (schema.$ref !== undefined) return typeOfRef(emitter, schema.$ref);
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  if (schema.oneOf !== undefined) return schema.oneOf.map((each) => `\n| ${typeOf(emitter, each)}`).join('');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf(emitter, { type })).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
      return schema.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return typeOfArray(emitter, schema);
    case 'object':
      return typeOfObject(emitter, schema);
    case undefined:
      return use(emitter, 'Json', './json.ts');
    default:
      throw new Error(`no TypeScript type for '${schema.type}'`);
  }
}

function typeOfRef(emitter: Emitter, ref: string): string {
  const { file, schema } = resolveRef(emitter.schemas, emitter.file, ref);
  if (schema.title === undefined) {
    const described = { ...emitter, file };
    return typeOf(described, schema);
  }
  const from = emitter.options.imports[schema.title];
  if (from !== undefined) return use(emitter, schema.title, from);
  if (file !== emitter.file) throw new Error(`${emitter.file}: say where '${schema.title}' is imported from`);
  return nameOf(emitter, schema.title);
}

function typeOfArray(emitter: Emitter, schema: Schema): string {
  const item = typeOf(emitter, schema.items ?? {});
  const isTuple = schema.minItems !== undefined && schema.minItems === schema.maxItems;
  if (isTuple) return `[${Array.from({ length: schema.minItems ?? 0 }, () => item).join(', ')}]`;
  return /^[\w.]+$/.test(item) ? `${item}[]` : `(${item})[]`;
}

function typeOfObject(emitter: Emitter, schema: Schema): string {
  const values = schema.additionalProperties;
  if (typeof values === 'object') return `Record<string, ${typeOf(emitter, values)}>`;
  // A property list on an open object only picks out some keys: any JSON may stand beside them.
  if (schema.properties !== undefined && values === false) return emitBody(emitter, schema);
  return use(emitter, 'JsonObject', './json.ts');
}

function use(emitter: Emitter, name: string, fallback: string): string {
  const from = emitter.options.imports[name] ?? fallback;
  const names = emitter.used.get(from) ?? new Set();
  emitter.used.set(from, names.add(name));
  return name;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value);
}

function emitDoc(text: string): string {
  if (text === '') return '';
  const safe = text.replaceAll('*/', '*\\/');
  if (safe.length <= 96) return `/** ${safe} */\n`;
  return `/**\n${wrap(safe, 104)
    .map((line) => ` * ${line}\n`)
    .join('')} */\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
