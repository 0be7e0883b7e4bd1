import type { Json, JsonObject } from '@dragoman/plugin-sdk';

/** How the real service would answer what it does not accept. */
export interface Refusal {
  status: number;
  body: JsonObject;
}

/** The first fault the checks find; a check throws a Refusal to report one. */
export function firstRefusal(checks: () => void): Refusal | null {
  try {
    checks();
    return null;
  } catch (thrown) {
    if (thrown instanceof RefusalSignal) return thrown.refusal;
    throw thrown;
  }
}

/** Leaves a checker from any depth. */
export class RefusalSignal extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, message: string) {
    super(message);
    this.refusal = refusal;
  }
}

export function asObject(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

export function asArray(value: Json | undefined): Json[] | null {
  return Array.isArray(value) ? value : null;
}
