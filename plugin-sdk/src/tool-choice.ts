import type { CanonicalRequest, Tool } from './canonical.ts';

/** Whether a choice among tools of these names leaves this one. */
export function isOneOf(tool: Tool, names: readonly string[]): boolean {
  return (tool.type === 'function' || tool.type === 'custom') && names.includes(tool.name);
}

/**
 * The names a choice of some tools leaves, for a service that knows no such choice: it is obeyed by offering no others.
 * `undefined` when all are left, or none.
 */
export function chosenNames({ toolChoice, tools = [] }: CanonicalRequest): readonly string[] | undefined {
  const only = toolChoice === undefined || toolChoice.type === 'tool' ? undefined : toolChoice.only;
  if (only === undefined || !tools.some((tool) => isOneOf(tool, only))) return undefined;
  return only;
}
