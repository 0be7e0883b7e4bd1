import { digest, sanitiseId, type Tool } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

/** The service refuses a tool name with other characters, or longer. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_NAME = 64;
/** The service refuses a longer id of a call ("string too long. Expected a string with maximum length 40"). */
const MAX_ID = 40;

/** The tool's name in the hub, where the wire has another. */
export interface ToolName {
  name: string;
  namespace?: string;
}

function keyOf(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}\n${name}`;
}

/** Gives every tool its wire name; returns those that differ, by wire name, so that replies can name them back. */
export function nameTools(
  tools: readonly Tool[],
  writer: RequestWriter,
): Record<string, ToolName> | undefined {
  let changed: Record<string, ToolName> | undefined;
  const used = new Set<string>();
  for (const tool of tools) {
    if (tool.type !== 'function' && tool.type !== 'custom') continue;
    const namespace = tool.type === 'function' ? tool.namespace : undefined;
    let name = wireName(tool.name, namespace, writer);
    // Two names that only differ in what was replaced still need two names.
    if (used.has(name) && !writer.isOwn)
      name = `${name.slice(0, MAX_NAME - 9)}_${digest(keyOf(tool.name, namespace), 8)}`;
    used.add(name);
    if (tool.type === 'custom') writer.customTools.add(tool.name);
    if (name === tool.name && namespace === undefined) continue;
    writer.toolNames.set(keyOf(tool.name, namespace), name);
    changed ??= {};
    changed[name] = namespace === undefined ? { name: tool.name } : { name: tool.name, namespace };
  }
  return changed;
}

function wireName(name: string, namespace: string | undefined, writer: RequestWriter): string {
  if (writer.isOwn) return name;
  const full = namespace === undefined || name.startsWith(`${namespace}__`) ? name : `${namespace}__${name}`;
  return NAME.test(full) ? full : sanitiseId(full, { maxLength: MAX_NAME, empty: 'tool' });
}

/** The wire name of a tool, declared or not. */
export function wireToolName(name: string, namespace: string | undefined, writer: RequestWriter): string {
  return writer.toolNames.get(keyOf(name, namespace)) ?? wireName(name, namespace, writer);
}

/** The wire id of a call; the same for the call and its result. */
export function wireToolId(id: string, writer: RequestWriter): string {
  const length = writer.options.toolIdLength;
  if (length !== undefined) {
    return id.length === length && /^[A-Za-z0-9]+$/.test(id) ? id : digest(id, length);
  }
  if (writer.isOwn || (id.length <= MAX_ID && id !== '')) return id;
  return sanitiseId(id, { maxLength: MAX_ID, empty: 'call' });
}
