import { digest } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

const FORBIDDEN = /[^A-Za-z0-9_.:-]/g;
const MAX_LENGTH = 64;

/**
 * The service takes letters, digits, `_`, `.`, `:` and `-` in a name, up to 64, the first a letter or `_`, and knows no
 * namespaces. A name that had to change is noted, and the reply step gives the client its own name back.
 */
export function wireToolName(writer: RequestWriter, name: string, namespace?: string): string {
  const key = namespace === undefined ? name : `${namespace}\n${name}`;
  const known = writer.names.get(key);
  if (known !== undefined) return known;
  const isPrefixed = namespace === undefined || name.startsWith(`${namespace}__`);
  let wire = (isPrefixed ? name : `${namespace}__${name}`).replace(FORBIDDEN, '_');
  if (!/^[A-Za-z_]/.test(wire)) wire = `_${wire}`;
  if (wire.length > MAX_LENGTH || writer.usedNames.has(wire)) {
    wire = `${wire.slice(0, MAX_LENGTH - 9)}_${digest(key, 8)}`;
  }
  writer.names.set(key, wire);
  writer.usedNames.add(wire);
  if (wire !== name || namespace !== undefined) {
    writer.toolNames[wire] = namespace === undefined ? { name } : { name, namespace };
  }
  return wire;
}
