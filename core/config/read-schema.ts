import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Path } from './positions.ts';

type SchemaName = 'plugin' | 'gateway' | 'lock';
interface SchemaNode {
  $ref?: string;
  properties?: Record<string, SchemaNode>;
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  oneOf?: SchemaNode[];
  anyOf?: SchemaNode[];
  $defs?: Record<string, SchemaNode>;
}

/** A schema of the gateway, read only when a message needs it; undefined where the schemas do not ship. */
export function readSchema(name: SchemaName): object | undefined {
  for (let folder = import.meta.dirname, depth = 0; depth < 5; folder = dirname(folder), depth++) {
    const file = join(folder, 'schemas', `${name}.schema.json`);
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as object;
  }
  return undefined;
}

/** The names the object at `path` of a document may have, over all branches of its schema. */
export function namesAllowedAt(name: SchemaName, path: Path): string[] {
  let nodes = expand({ $ref: `${name}.schema.json#` }, name);
  for (const segment of path) {
    nodes = nodes.flatMap(({ node, home }) => {
      const child = node.properties?.[String(segment)] ?? node.additionalProperties ?? node.items;
      return typeof child === 'object' ? expand(child, home) : [];
    });
  }
  return [...new Set(nodes.flatMap(({ node }) => Object.keys(node.properties ?? {})))];
}

interface Located {
  node: SchemaNode;
  /** The schema its `#` stands for. */
  home: SchemaName;
}

function expand(node: SchemaNode, home: SchemaName): Located[] {
  if (node.$ref !== undefined) {
    const [file = '', fragment = ''] = node.$ref.split('#');
    const target = file === '' ? home : (file.replace('.schema.json', '') as SchemaName);
    let found = readSchema(target) as SchemaNode | undefined;
    for (const key of fragment.split('/').slice(1)) {
      found = (found as Record<string, SchemaNode> | undefined)?.[key];
    }
    return found === undefined ? [] : expand(found, target);
  }
  const branches = [...(node.oneOf ?? []), ...(node.anyOf ?? [])];
  return [{ node, home }, ...branches.flatMap((branch) => expand(branch, home))];
}
