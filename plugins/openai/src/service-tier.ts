/** Tiers of the wire. */
const TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'priority', 'fast', 'scale']);

/** The wire's word for a tier of any dialect; `undefined` when it has none. */
export function wireTier(tier: string): string | undefined {
  if (TIERS.has(tier)) return tier;
  return tier === 'standard_only' || tier === 'standard' ? 'default' : undefined;
}
