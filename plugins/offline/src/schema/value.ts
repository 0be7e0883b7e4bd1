import type { Json, JsonObject } from '@dragoman/plugin-sdk';

export function toList(value: Json | undefined): Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function sameJson(first: Json | undefined, second: Json | undefined): boolean {
  return JSON.stringify(first) === JSON.stringify(second);
}

export function numberOf(value: Json | undefined, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** The types a value may have: as declared, else as the other keywords suggest, else the shortest one to write. */
export function typesOf(keywords: JsonObject): Json[] {
  if (keywords.type !== undefined) return toList(keywords.type);
  for (const [type, hints] of typeHints) {
    if (hints.some((hint) => keywords[hint] !== undefined)) return [type];
  }
  return ['integer'];
}

const typeHints: [string, string[]][] = [
  ['object', ['properties', 'required', 'minProperties', 'patternProperties', 'additionalProperties']],
  ['array', ['items', 'minItems', 'prefixItems', 'contains', 'uniqueItems']],
  ['string', ['minLength', 'pattern', 'format', 'maxLength']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];

/** Does a constant also fit its neighbours? Looks at the type and at plain bounds, not inside. */
export function isWithin(keywords: JsonObject, value: Json): boolean {
  if (keywords.type !== undefined && !toList(keywords.type).some((type) => hasType(value, type)))
    return false;
  if (Array.isArray(keywords.enum) && !keywords.enum.some((entry) => sameJson(entry, value))) return false;
  if (typeof value === 'number') return isInRange(keywords, value);
  if (typeof value === 'string') return isInBounds(keywords, value.length, 'Length');
  if (Array.isArray(value)) return isInBounds(keywords, value.length, 'Items');
  return true;
}

export function isInRange(keywords: JsonObject, value: number): boolean {
  const step = numberOf(keywords.multipleOf, 0);
  return (
    value >= numberOf(keywords.minimum, Number.NEGATIVE_INFINITY) &&
    value <= numberOf(keywords.maximum, Number.POSITIVE_INFINITY) &&
    value > numberOf(keywords.exclusiveMinimum, Number.NEGATIVE_INFINITY) &&
    value < numberOf(keywords.exclusiveMaximum, Number.POSITIVE_INFINITY) &&
    !(keywords.exclusiveMinimum === true && value === keywords.minimum) &&
    !(keywords.exclusiveMaximum === true && value === keywords.maximum) &&
    (step <= 0 || Math.abs(value / step - Math.round(value / step)) < 1e-9)
  );
}

export function isInBounds(
  keywords: JsonObject,
  size: number,
  noun: 'Length' | 'Items' | 'Properties',
): boolean {
  return (
    size >= numberOf(keywords[`min${noun}`], 0) &&
    size <= numberOf(keywords[`max${noun}`], Number.POSITIVE_INFINITY)
  );
}

function hasType(value: Json, type: Json): boolean {
  if (value === null) return type === 'null';
  if (Array.isArray(value)) return type === 'array';
  if (typeof value === 'number') return type === 'number' || (type === 'integer' && Number.isInteger(value));
  return typeof value === type;
}
