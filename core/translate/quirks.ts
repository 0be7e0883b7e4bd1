import type { BodyEdits, Json, JsonObject, Warning } from '@dragoman/plugin-sdk';

/**
 * Applies a provider's declared edits to a body, in the order rename, drop, defaults, clamp. Changes `body` itself: it
 * was made for this attempt. Returns a warning for each field that was dropped or clamped.
 */
export function applyEdits(body: Json, edits: BodyEdits): Warning[] {
  const warnings: Warning[] = [];
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return warnings;
  if (edits.rename) rename(body, edits.rename);
  for (const field of edits.drop ?? []) {
    if (body[field] === undefined) continue;
    delete body[field];
    warnings.push({ code: 'dropped', path: `/${field}`, message: `The provider does not accept ${field}` });
  }
  for (const [field, value] of Object.entries(edits.defaults ?? {})) {
    if (body[field] === undefined) body[field] = value;
  }
  for (const [field, range] of Object.entries(edits.clamp ?? {})) {
    const [low, high] = range as [number, number];
    const value = body[field];
    if (typeof value !== 'number' || (value >= low && value <= high)) continue;
    const clamped = Math.min(high, Math.max(low, value));
    body[field] = clamped;
    warnings.push({
      code: 'approximated',
      path: `/${field}`,
      message: `The provider accepts ${field} from ${low} to ${high}; ${clamped} was sent`,
    });
  }
  return warnings;
}

function rename(body: JsonObject, names: Record<string, string>): void {
  for (const [from, to] of Object.entries(names)) {
    const value = body[from];
    if (value === undefined) continue;
    delete body[from];
    // A client that already used the provider's own name means that one.
    if (body[to] === undefined) body[to] = value;
  }
}
