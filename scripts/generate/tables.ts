import { describe, describeDefault, resolveRef, type Schema, type Schemas } from './schema.ts';

/** One Markdown section for a schema: a table for its root and one for every named definition that has fields. */
export function emitTables(schemas: Schemas, file: string): string {
  const root = schemas[file];
  if (root === undefined) throw new Error(`no schema '${file}'`);
  const sections = [`## ${file}.schema.json`, '', root.description ?? ''];
  if (root.properties !== undefined) sections.push('', ...emitRows(schemas, file, root));
  for (const schema of Object.values(root.$defs ?? {})) {
    if (schema.title === undefined) continue;
    sections.push('', `### ${schema.title}`, '', schema.description ?? '');
    if (schema.properties !== undefined) sections.push('', ...emitRows(schemas, file, schema));
    else sections.push('', shape(schemas, file, schema, 0));
  }
  return sections.join('\n');
}

function emitRows(schemas: Schemas, file: string, schema: Schema): string[] {
  const rows = ['| field | type | default | meaning |', '|---|---|---|---|'];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (typeof property === 'boolean') continue;
    const mark = schema.required?.includes(name) === true ? ' *' : '';
    const fallback = describeDefault(property);
    const meaning = describe(schemas, file, property) || describeTarget(schemas, file, property);
    const shown = fallback === '' ? '' : `\`${fallback}\``;
    rows.push(
      `| \`${name}\`${mark} | ${cell(shape(schemas, file, property, 0))} | ${shown} | ${cell(meaning)} |`,
    );
  }
  return rows;
}

/** A field that only refers to a named type is described by that type's first sentence. */
function describeTarget(schemas: Schemas, file: string, schema: Schema): string {
  if (schema.$ref === undefined) return '';
  const text = resolveRef(schemas, file, schema.$ref).schema.description ?? '';
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}

function shape(schemas: Schemas, file: string, schema: Schema, depth: number): string {
  if (schema.$ref !== undefined) {
    const target = resolveRef(schemas, file, schema.$ref);
    return target.schema.title ?? shape(schemas, target.file, target.schema, depth);
  }
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.oneOf !== undefined) {
    return schema.oneOf.map((each) => shape(schemas, file, each, depth + 1)).join(' or ');
  }
  if (schema.type === 'array') return `list of ${shape(schemas, file, schema.items ?? {}, depth + 1)}`;
  if (typeof schema.additionalProperties === 'object') {
    return `map to ${shape(schemas, file, schema.additionalProperties, depth + 1)}`;
  }
  if (schema.allOf !== undefined)
    return schema.allOf.map((base) => shape(schemas, file, base, depth)).join(', ');
  if (schema.type === 'object' && schema.properties !== undefined && schema.additionalProperties === false) {
    const fields = Object.entries(schema.properties).map(([name, value]) => fieldShape(schema, name, value));
    return `{ ${fields.join(', ')} }`;
  }
  return schema.type === undefined ? 'any JSON' : [schema.type].flat().join(' or ');
}

function fieldShape(owner: Schema, name: string, value: Schema | boolean): string {
  const optional = owner.required?.includes(name) === true ? '' : '?';
  const constant =
    typeof value === 'object' && value.const !== undefined ? `: ${JSON.stringify(value.const)}` : '';
  return `\`${name}${optional}${constant}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
