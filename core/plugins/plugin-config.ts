import type { Json, JsonObject, PluginManifest } from '@dragoman/plugin-sdk';
import { type Explained, explainFaults } from '../config/explain-faults.ts';
import type { SchemaFault } from '../config/validators.ts';

export interface CheckedConfig {
  /** As translators and templates see it: defaults in, `writeOnly` fields out. */
  config: JsonObject;
  /** With paths from the block. */
  faults: Explained[];
}

/** Checks a block of gateway.yaml against the plugin's own schema. Without a schema nothing may be in it. */
export async function checkPluginConfig(manifest: PluginManifest, block: JsonObject): Promise<CheckedConfig> {
  const schema = manifest.config ?? { type: 'object', additionalProperties: false, properties: {} };
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  const names = Object.keys(properties);
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
    return { config: withoutSecrets(config, schema), faults };
  } catch (error) {
    const message = `the plugin's config schema does not compile: ${(error as Error).message}`;
    return { config: {}, faults: [{ path: [], part: 'value', message }] };
  }
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
