import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import type { Schemas } from './schema.ts';

/** One validator a generated module exports. */
export interface ValidatorExport {
  name: string;
  /** `$id` of a schema, perhaps with `#/$defs/...`. */
  schema: string;
  /** TypeScript type it proves, and where that comes from. */
  type: string;
  from: string;
}

/** Ajv's few run-time helpers, written out so that a generated module imports nothing. */
const helpers: Record<string, string> = {
  'require("ajv/dist/runtime/ucs2length").default': `function ucs2length(text) {
  let length = text.length;
  for (let at = 0; at + 1 < text.length; at++) {
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    if (first >= 0xd800 && first <= 0xdbff && second >= 0xdc00 && second <= 0xdfff) length -= 1;
  }
  return length;
}`,
  'require("ajv/dist/runtime/equal").default': `function equal(left, right) {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]));
}`,
};

/** An ES module of validators and its declarations. Imports nothing at run time. */
export function emitValidators(
  schemas: Schemas,
  exported: ValidatorExport[],
): { code: string; types: string } {
  const ajv = new Ajv2020({
    schemas: Object.values(schemas),
    allErrors: true,
    allowUnionTypes: true,
    code: { source: true, esm: true, lines: true },
    discriminator: true,
    // An inlined definition inside a oneOf would lose its defaults; a function of its own keeps them.
    inlineRefs: false,
    strictRequired: false,
    strictTypes: false,
    useDefaults: true,
  });
  const byName = Object.fromEntries(exported.map(({ name, schema }) => [name, schema]));
  let code = standalone.default(ajv, byName).replace(/^"use strict";/, '');
  for (const [call, source] of Object.entries(helpers)) code = code.replaceAll(call, `(${source})`);
  const left = /require\([^)]*\)[.\w]*/.exec(code);
  if (left !== null) throw new Error(`a generated validator needs ${left[0]}: write it out in validators.ts`);
  return { code: dropUnused(code), types: emitDeclarations(exported) };
}

/** Ajv writes out every schema it saw; most are never looked at again. Dropping one can free another. */
function dropUnused(code: string): string {
  const kept = code.split('\n').filter((line) => {
    const name = /^const (schema\d+) = /.exec(line)?.[1];
    return name === undefined || code.split(new RegExp(`\\b${name}\\b`)).length > 2;
  });
  const text = kept.join('\n');
  return text.length === code.length ? text : dropUnused(text);
}

function emitDeclarations(exported: ValidatorExport[]): string {
  const byModule = Map.groupBy(exported, ({ from }) => from);
  const imports = [...byModule].map(
    ([from, list]) =>
      `import type { ${[...new Set(list.map(({ type }) => type))].sort().join(', ')} } from '${from}';`,
  );
  const lines = exported.map(({ name, type }) => `export declare const ${name}: Validator<${type}>;`);
  return [...imports, "import type { Validator } from './validator.ts';", '', ...lines, ''].join('\n');
}
