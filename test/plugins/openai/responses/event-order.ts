import type { Frame, JsonObject } from '@dragoman/plugin-sdk';

/** What a client of a stream relies on: returns every breach of it. */
export function orderFaults(frames: Frame[]): string[] {
  const faults: string[] = [];
  const open = new Map<number, JsonObject>();
  const content = new Set<string>();
  const done: number[] = [];
  let highest = -1;
  for (const [at, frame] of frames.entries()) {
    const event = frame.data as JsonObject;
    const type = String(event.type);
    if (frame.event !== event.type) faults.push(`${type} is sent as ${frame.event}`);
    if (event.sequence_number !== at) faults.push(`${type} has number ${event.sequence_number} at ${at}`);
    if (at === 0 && type !== 'response.created' && type !== 'error') faults.push(`${type} comes first`);
    if (at === 1 && type !== 'response.in_progress') faults.push(`${type} comes second`);
    const isLast = /^(error|response\.(completed|incomplete|failed))$/.test(type);
    if (isLast !== (at === frames.length - 1)) faults.push(`${type} at ${at} of ${frames.length}`);
    const { output_index: place } = event;
    if (typeof place !== 'number') continue;
    const item = event.item as JsonObject | undefined;
    if (type === 'response.output_item.added') {
      if (place !== highest + 1) faults.push(`item ${place} is added after ${highest}`);
      highest = Math.max(highest, place);
      open.set(place, item ?? {});
      continue;
    }
    const started = open.get(place);
    if (started === undefined) faults.push(`${type} for item ${place}, which is not open`);
    if (event.item_id !== undefined && event.item_id !== started?.id)
      faults.push(`${type} has another item id`);
    if (type === 'response.output_item.done') {
      if (item?.id !== started?.id) faults.push(`item ${place} has another id at its end`);
      open.delete(place);
      done.push(place);
    }
    faults.push(...contentFaults(type, event, content));
  }
  const last = frames.at(-1)?.data as JsonObject | undefined;
  if (last?.type === 'response.completed' || last?.type === 'response.incomplete') {
    if (open.size > 0) faults.push(`items ${[...open.keys()]} never end`);
    const output = (last.response as JsonObject).output as unknown[];
    if (output.length !== done.length)
      faults.push(`${done.length} items ended, ${output.length} are in the reply`);
  }
  return faults;
}

function contentFaults(type: string, event: JsonObject, open: Set<string>): string[] {
  if (event.content_index === undefined || type.startsWith('response.reasoning')) return [];
  const key = `${event.output_index}/${event.content_index}`;
  if (type === 'response.content_part.added') {
    if (open.has(key)) return [`content ${key} is added twice`];
    open.add(key);
    return [];
  }
  const fault = open.has(key) ? [] : [`${type} for content ${key}, which is not open`];
  if (type === 'response.content_part.done') open.delete(key);
  return fault;
}
