import { digest } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

const FORBIDDEN = /[^A-Za-z0-9_-]/g;
const MAX_LENGTH = 64;

/**
 * A tool's name with nothing in it but letters, digits, `_` and `-`, and its namespace before it. The same name always
 * becomes the same; the reply step gives the client its own back.
 */
export function wireToolName(writer: RequestWriter, name: string, namespace?: string): string {
  const whole = namespace === undefined || name.startsWith(`${namespace}__`) ? name : `${namespace}__${name}`;
  let wire = whole.replace(FORBIDDEN, '_');
  // What was changed may now be another tool's name.
  if (wire !== whole || wire.length > MAX_LENGTH) {
    wire = `${wire.slice(0, MAX_LENGTH - 9)}_${digest(whole, 8)}`;
  }
  if (wire !== name || namespace !== undefined) {
    writer.toolNames[wire] = namespace === undefined ? { name } : { name, namespace };
  }
  return wire;
}
