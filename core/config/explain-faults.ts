import type { Path } from './positions.ts';
import { suggest } from './suggest.ts';
import type { SchemaFault } from './validators.ts';

/** A schema's fault in words. */
export interface Explained {
  path: Path;
  /** What the position should point at. */
  part: 'key' | 'value';
  message: string;
  suggestion?: string;
}

/** Every fault once, without those that only repeat a deeper one. Values are never quoted: one may be a secret. */
export function explainFaults(
  faults: readonly SchemaFault[],
  value: unknown,
  namesAt: (path: Path) => string[],
): Explained[] {
  const explained = joinChoices(withoutEchoes(faults)).map((fault) => explain(fault, value, namesAt));
  const meant = new Set(
    explained.flatMap(({ path, part, suggestion }) =>
      part === 'key' && suggestion !== undefined ? [[...path.slice(0, -1), suggestion].join('\0')] : [],
    ),
  );
  const seen = new Set<string>();
  return explained.filter(({ path, message }) => {
    const key = `${path.join('\0')}\n${message}`;
    const isEcho = seen.has(key) || (message === 'is missing' && meant.has(path.join('\0')));
    seen.add(key);
    return !isEcho;
  });
}

/** `oneOf`, `if` and the like only say that something below them failed; what failed is in the list too. */
const wrappers = new Set(['oneOf', 'anyOf', 'allOf', 'if', 'not']);
/** What a fault of a key looks like from inside: a string's keyword at a place where there is an object. */
const stringKeywords = new Set(['pattern', 'minLength', 'maxLength']);

function withoutEchoes(faults: readonly SchemaFault[]): SchemaFault[] {
  const badNames = new Set(faults.filter(isNameFault).map((fault) => fault.instancePath));
  const inner = faults.filter(
    (fault) =>
      !wrappers.has(fault.keyword) &&
      !(badNames.has(fault.instancePath) && stringKeywords.has(fault.keyword)),
  );
  const below = (fault: SchemaFault): SchemaFault[] =>
    inner.filter(
      (other) => other !== fault && other.instancePath.startsWith(fault.instancePath) && !isNameFault(other),
    );
  // A branch that does not even take this type says nothing about the one that was meant.
  const meant = inner.filter(
    (fault) =>
      fault.keyword !== 'type' ||
      !/\/(oneOf|anyOf)\/\d+\//.test(fault.schemaPath) ||
      below(fault).every((other) => other.keyword === 'type'),
  );
  return [...meant, ...faults.filter((fault) => wrappers.has(fault.keyword) && below(fault).length === 0)];
}

/** A choice of things one of which must be there gives a fault for each; together they are one. */
function joinChoices(faults: readonly SchemaFault[]): SchemaFault[] {
  const choices = Map.groupBy(faults.filter(isChoice), ({ instancePath, schemaPath }) =>
    [instancePath, schemaPath.replace(/\d+\/required$/, '')].join('\0'),
  );
  const joined: SchemaFault[] = [];
  const done = new Set<SchemaFault>();
  for (const choice of choices.values()) {
    const [first] = choice;
    const isEachAnother = new Set(choice.map(({ schemaPath }) => schemaPath)).size === choice.length;
    if (first === undefined || choice.length === 1 || !isEachAnother) continue;
    for (const fault of choice) done.add(fault);
    const names = choice.map(({ params }) => String(params.missingProperty));
    joined.push({ ...first, keyword: 'anyOf', message: `needs one of ${names.join(', ')}` });
  }
  return [...joined, ...faults.filter((fault) => !done.has(fault))];
}

/** Something is missing in one branch of a choice. */
function isChoice({ keyword, schemaPath }: SchemaFault): boolean {
  return keyword === 'required' && /\/(anyOf|oneOf)\/\d+\/required$/.test(schemaPath);
}

function isNameFault(fault: SchemaFault): boolean {
  return fault.keyword === 'propertyNames';
}

function explain(fault: SchemaFault, value: unknown, namesAt: (path: Path) => string[]): Explained {
  const at = toPath(fault.instancePath);
  const { params } = fault;
  const said = (message: string, suggestion?: string): Explained =>
    suggestion === undefined
      ? { path: at, part: 'value', message }
      : { path: at, part: 'value', message, suggestion };
  switch (fault.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = String(params.additionalProperty ?? params.unevaluatedProperty);
      const names = namesAt(at);
      const path = [...at, name];
      const close = suggest(name, names);
      if (close !== undefined) return { path, part: 'key', message: 'unknown key', suggestion: close };
      const known = names.filter((each) => each !== '$schema').join(', ');
      return { path, part: 'key', message: known === '' ? 'unknown key' : `unknown key; known are ${known}` };
    }
    case 'propertyNames': {
      const message = 'is not a valid name here: lower-case letters, digits and single hyphens';
      return { path: [...at, String(params.propertyName)], part: 'key', message };
    }
    case 'false schema':
      return { path: at, part: 'key', message: 'is not allowed here' };
    case 'required':
      return { path: [...at, String(params.missingProperty)], part: 'key', message: 'is missing' };
    case 'enum': {
      const allowed = (params.allowedValues as unknown[]).map(String);
      const actual = valueAt(value, at);
      return said(
        `must be one of ${allowed.join(', ')}`,
        typeof actual === 'string' ? suggest(actual, allowed) : undefined,
      );
    }
    case 'const':
      return said(`must be ${JSON.stringify(params.allowedValue)}`);
    case 'discriminator':
      return said(`has an unknown ${String(params.tag)}`);
    case 'type':
      return said(`must be ${article([params.type].flat().map(String).join(' or '))}`);
    case 'pattern':
      return said(`does not fit ${patternName(String(params.pattern))}`);
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return said(
        Number(params.limit) === 1
          ? 'must not be empty'
          : `must have at least ${String(params.limit)} entries`,
      );
    case 'maxLength':
      return said(`must not be longer than ${String(params.limit)} characters`);
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return said(`must be ${String(params.comparison)} ${String(params.limit)}`);
    default:
      return said(fault.message ?? `fails ${fault.keyword}`);
  }
}

function article(type: string): string {
  if (type === 'null') return 'empty';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** Patterns people meet often, in words. */
function patternName(pattern: string): string {
  if (pattern.startsWith('^https?://')) return "an address: it must begin with 'http://' or 'https://'";
  if (pattern.startsWith('^https://')) return "an address: 'https://...', or 'http://localhost...'";
  if (pattern === '^[^/]+/.+$') return "'provider/model'";
  return `the pattern ${pattern}`;
}

function valueAt(value: unknown, path: Path): unknown {
  let node = value;
  for (const segment of path) node = (node as Record<string | number, unknown> | null | undefined)?.[segment];
  return node;
}

/** A JSON pointer's segments. */
export function toPath(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}
