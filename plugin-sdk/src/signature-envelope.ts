import type { Opaque } from './canonical.ts';
import type { Json } from './json.ts';

/**
 * How a signature of one family crosses in a field of another's dialect: clients send it back untouched, and the envelope
 * tells it from the dialect's own, so that it goes back to its owner only.
 */
export const SIGNATURE_ENVELOPE = 'dragoman:';

/** `previous`: it belongs to the part before, in a dialect that has no place for it there. */
export function sealSignature({ dialect, family, value }: Opaque, place?: 'previous'): string {
  const content = [dialect, family ?? null, value];
  return SIGNATURE_ENVELOPE + JSON.stringify(place === undefined ? content : [...content, place]);
}

/** A signature as it was issued. */
export interface OpenedSignature {
  signature: Opaque;
  /** It belongs to the part before. */
  isCarried: boolean;
}

/**
 * What is in an envelope; undefined for any other text. A damaged envelope is one too: the upstream refuses it as it
 * refuses any damaged signature.
 */
export function openSignature(text: string): OpenedSignature | undefined {
  if (!text.startsWith(SIGNATURE_ENVELOPE)) return undefined;
  try {
    const [dialect, family, value, place]: Json[] = JSON.parse(text.slice(SIGNATURE_ENVELOPE.length));
    if (typeof dialect !== 'string' || value === undefined) return undefined;
    const signature: Opaque = typeof family === 'string' ? { dialect, family, value } : { dialect, value };
    return { signature, isCarried: place === 'previous' };
  } catch {
    return undefined;
  }
}

/** The signature to replay to `family`: its text if it was issued there. */
export function replayable(signature: Opaque | undefined, family: string): string | undefined {
  if (signature === undefined || typeof signature.value !== 'string') return undefined;
  return (signature.family ?? signature.dialect) === family ? signature.value : undefined;
}
