import type { RequestWriter } from './writer.ts';

const FORBIDDEN = /[^A-Za-z0-9_-]/g;
const ALLOWED = /^[A-Za-z0-9_-]+$/;

/**
 * The service takes only `[A-Za-z0-9_-]+` as a tool id. The same client id always gives the same wire id, so a result
 * still finds its call; two ids that would become one are told apart by a number.
 */
export function wireToolId(writer: RequestWriter, id: string): string {
  const known = writer.ids.get(id);
  if (known !== undefined) return known;
  let wire = ALLOWED.test(id) ? id : id.replace(FORBIDDEN, '_');
  if (wire === '') wire = 'toolu_empty';
  if (writer.usedIds.has(wire)) {
    let count = 2;
    while (writer.usedIds.has(`${wire}_${count}`)) count++;
    wire = `${wire}_${count}`;
  }
  writer.ids.set(id, wire);
  writer.usedIds.add(wire);
  return wire;
}
