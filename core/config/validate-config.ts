import { toPath } from './explain-faults.ts';
import { pathKey, type Resolved } from './references.ts';
import { loadValidator, type SchemaFault } from './validators.ts';

/** Checks against `gateway.schema.json` and fills in defaults, in place. */
export async function validateConfig(resolved: Resolved): Promise<SchemaFault[]> {
  const validate = await loadValidator('gateway');
  if (validate(resolved.value)) return [];
  // A variable is always text: `port: ${PORT}` means the number it spells.
  const converted = (validate.errors ?? []).filter((fault) => convert(fault, resolved));
  if (converted.length === 0) return validate.errors ?? [];
  return validate(resolved.value) ? [] : (validate.errors ?? []);
}

function convert(fault: SchemaFault, resolved: Resolved): boolean {
  const path = toPath(fault.instancePath);
  if (fault.keyword !== 'type' || !resolved.referenced.has(pathKey(path))) return false;
  const last = path.at(-1);
  if (last === undefined) return false;
  let parent = resolved.value as Record<string, unknown>;
  for (const segment of path.slice(0, -1)) parent = parent[segment] as Record<string, unknown>;
  const text = String(parent[last]).trim();
  const types = [fault.params.type].flat().map(String);
  if (types.includes('boolean') && /^(true|false)$/.test(text)) parent[last] = text === 'true';
  else if ((types.includes('number') || types.includes('integer')) && /^-?\d+(\.\d+)?$/.test(text))
    parent[last] = Number(text);
  else return false;
  return true;
}
