import type { ValidationError } from '../generated/validator.ts';

/** One thing a schema does not allow, as Ajv says it. */
export type SchemaFault = ValidationError;
/** Fills in defaults, in place; `errors` belongs to the last call. */
export interface Validate {
  (value: unknown): boolean;
  errors?: SchemaFault[] | null;
}

/** The validator of one of the gateway's own schemas, generated from it; imported when first needed. */
export async function loadValidator(name: 'plugin' | 'gateway' | 'lock'): Promise<Validate> {
  switch (name) {
    case 'plugin':
      return (await import('../generated/validate-plugin.js')).validatePlugin;
    case 'gateway':
      return (await import('../generated/validate-gateway.js')).validateGateway;
    case 'lock':
      return (await import('../generated/validate-lock.js')).validateLock;
    default:
      return name satisfies never;
  }
}
