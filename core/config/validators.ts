import type { ErrorObject } from 'ajv';

/** One thing a schema does not allow, as Ajv says it. */
export type SchemaFault = ErrorObject;
/** Fills in defaults, in place; `errors` belongs to the last call. */
export interface Validator {
  (value: unknown): boolean;
  errors?: SchemaFault[] | null;
}

const loaded = new Map<string, Promise<Validator>>();

/** The validator of one of the gateway's own schemas. */
export function loadValidator(name: 'plugin' | 'gateway' | 'lock'): Promise<Validator> {
  let validator = loaded.get(name);
  if (validator === undefined) {
    validator = compile(name);
    loaded.set(name, validator);
  }
  return validator;
}

async function compile(name: 'plugin' | 'gateway' | 'lock'): Promise<Validator> {
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const { readSchema } = await import('./read-schema.ts');
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    discriminator: true,
    strictRequired: false,
    strictTypes: false,
  });
  for (const each of ['plugin', 'gateway', 'lock'] as const) {
    const schema = readSchema(each);
    if (schema !== undefined) ajv.addSchema(schema);
  }
  const validate = ajv.getSchema(`${name}.schema.json`);
  if (validate === undefined) throw new Error(`${name}.schema.json is missing from this installation`);
  return validate as Validator;
}
