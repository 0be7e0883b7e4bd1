/** What is wrong with a value; `path` is a JSON pointer to it. */
export interface Fault {
  path: string;
  reason: string;
}
/** V8 writes some thousand levels of JSON; a client's body that deep is refused before a plugin sees it. */
const maxDepth = 2_000;

/** Finds what JSON cannot carry: functions, symbols, numbers that are none, and objects that contain themselves. */
export function findNonJson(given: unknown, path = '', depth = 0): Fault | undefined {
  switch (typeof given) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(given) ? undefined : { path, reason: `has the number ${given}` };
    case 'object':
      break;
    default:
      return { path, reason: `has a ${typeof given}` };
  }
  if (given === null) return undefined;
  if (depth > maxDepth) {
    return { path, reason: 'contains itself or is nested too deeply' };
  }
  if (Array.isArray(given)) {
    for (let index = 0; index < given.length; index++) {
      const fault = findNonJson(given[index], '', depth + 1);
      if (fault !== undefined) return { path: `${path}/${index}${fault.path}`, reason: fault.reason };
    }
    return undefined;
  }
  for (const key in given) {
    const fault = findNonJson((given as Record<string, unknown>)[key], '', depth + 1);
    if (fault !== undefined) return { path: `${path}/${key}${fault.path}`, reason: fault.reason };
  }
  return undefined;
}
