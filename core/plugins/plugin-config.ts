import type { Json, JsonObject, PluginManifest } from '@dragoman/plugin-sdk';
import type { Environment } from '../config/environment.ts';
import { type Explained, explainFaults } from '../config/explain-faults.ts';
import type { SchemaFault } from '../config/validators.ts';

export interface CheckedConfig {
  /** As translators and templates see it: defaults in, `writeOnly` fields out. */
  config: JsonObject;
  /** With paths from the block. */
  faults: Explained[];
}

/**
 * Checks a block of gateway.yaml against the plugin's own schema. Without a schema nothing may be in it. With an
 * `environment`, properties that have no value get that of the variables their schema names.
 */
export async function checkPluginConfig(
  manifest: PluginManifest,
  written: JsonObject,
  environment: Environment = {},
): Promise<CheckedConfig> {
  const schema = manifest.config ?? { type: 'object', additionalProperties: false, properties: {} };
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  const names = Object.keys(properties);
  const variables = variablesSet(properties, environment);
  const block: JsonObject = { ...written };
  for (const [name, variable] of variables) block[name] ??= environment[variable]?.trim();
  const config: JsonObject = copy(block);
  // Nothing written and nothing required: no reason to load a compiler of schemas at start.
  if (Object.keys(block).length === 0 && hasSimpleDefaults(schema, properties)) {
    for (const [name, property] of Object.entries(properties)) {
      if (property.default !== undefined) config[name] = copy(property.default);
    }
    return { config: withoutSecrets(config, schema), faults: [] };
  }
  const { Ajv2020 } = await import('ajv/dist/2020.js');
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: false,
    validateFormats: false,
    addUsedSchema: false,
  });
  try {
    const validate = ajv.compile(schema);
    const isValid = validate(config);
    const faults = isValid ? [] : explainFaults((validate.errors ?? []) as SchemaFault[], block, () => names);
    for (const fault of faults) {
      const name = String(fault.path[0]);
      const variable = written[name] === undefined ? variables.get(name) : undefined;
      if (variable !== undefined) fault.message += ` (it comes from the environment variable ${variable})`;
    }
    return { config: withoutSecrets(config, schema), faults };
  } catch (error) {
    const message = `the plugin's config schema does not compile: ${(error as Error).message}`;
    return { config: {}, faults: [{ path: [], part: 'value', message }] };
  }
}

/** By property, the first variable its schema names that is set and not empty. */
function variablesSet(properties: Record<string, JsonObject>, environment: Environment): Map<string, string> {
  const set = new Map<string, string>();
  for (const [name, { env }] of Object.entries(properties)) {
    if (!Array.isArray(env)) continue;
    const variable = env.map(String).find((each) => (environment[each] ?? '').trim() !== '');
    if (variable !== undefined) set.set(name, variable);
  }
  return set;
}

function hasSimpleDefaults(schema: JsonObject, properties: Record<string, JsonObject>): boolean {
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const isPlain = Object.values(properties).every(
    (property) => typeof property.default !== 'object' && property.$ref === undefined,
  );
  const conditions = ['allOf', 'anyOf', 'oneOf', 'if', 'minProperties', 'dependentRequired'];
  return (
    isPlain &&
    required.every((name) => properties[name]?.default !== undefined) &&
    conditions.every((keyword) => schema[keyword] === undefined)
  );
}

/** A translator cannot leak what it never had. */
function withoutSecrets(value: JsonObject, schema: JsonObject): JsonObject {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  const kept: JsonObject = {};
  for (const [name, item] of Object.entries(value)) {
    const property = properties[name];
    if (property?.writeOnly === true) continue;
    const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
    kept[name] = isObject && property !== undefined ? withoutSecrets(item, property) : item;
  }
  return kept;
}

function copy<Value extends Json>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}
