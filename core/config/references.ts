import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Path } from './positions.ts';

export interface ReferenceSource {
  /** Variables of the process and of `.env`. */
  environment: Readonly<Record<string, string | undefined>>;
  /** What `file:PATH` is relative to. */
  directory: string;
}
export interface ReferenceFault {
  path: Path;
  code: 'GW_CONFIG_INVALID' | 'GW_CONFIG_REFERENCE_MISSING';
  message: string;
  suggestion?: string;
}
export interface Resolved {
  value: unknown;
  faults: ReferenceFault[];
  /** Joined paths (`pathKey`) of the strings that held a reference. */
  referenced: Set<string>;
  /** Absolute paths that `file:` named, read or not. */
  files: string[];
}

/** A secret in a file is a line; more is a slip such as `file:/dev/zero`. */
const maxFileBytes = 64 * 1024;
const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{([^}]*)\}?/g;

/**
 * Replaces `${X}`, `${X:-default}` and `file:PATH` in every string of a parsed configuration; `$${` stands for `${`.
 * A variable that is set and empty counts as not set: an empty key is never meant. Keys of maps stay as they are.
 */
export function resolveReferences(input: unknown, source: ReferenceSource): Resolved {
  const result: Resolved = { value: undefined, faults: [], referenced: new Set(), files: [] };
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return resolveString(value, path, source, result);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  result.value = walk(input, []);
  return result;
}

export function pathKey(path: Path): string {
  return path.join('\0');
}

function resolveString(text: string, path: Path, source: ReferenceSource, result: Resolved): string {
  let isReference = false;
  const filled = text.replace(reference, (whole, name?: string, fallback?: string, malformed?: string) => {
    if (whole === '$${') return '${';
    isReference = true;
    if (name === undefined) {
      const message = `is no valid reference: \${${malformed ?? ''}}`;
      result.faults.push({
        path,
        code: 'GW_CONFIG_INVALID',
        message,
        suggestion: '${NAME}, ${NAME:-default}, or $${ for the two characters themselves',
      });
      return '';
    }
    const value = source.environment[name];
    if (value !== undefined && value !== '') return value;
    if (fallback !== undefined) return fallback;
    const what = value === undefined ? 'is not set' : 'is empty';
    result.faults.push({
      path,
      code: 'GW_CONFIG_REFERENCE_MISSING',
      message: `the environment variable ${name} ${what}`,
      suggestion: `set ${name} in the environment or in a .env file beside the configuration, or write \${${name}:-default}`,
    });
    return '';
  });
  if (filled.startsWith('file:')) {
    result.referenced.add(pathKey(path));
    return readReferenced(filled.slice('file:'.length), path, source, result);
  }
  if (isReference) result.referenced.add(pathKey(path));
  return filled;
}

function readReferenced(name: string, path: Path, source: ReferenceSource, result: Resolved): string {
  const file = resolve(source.directory, name);
  result.files.push(file);
  const fault = (message: string): string => {
    result.faults.push({ path, code: 'GW_CONFIG_REFERENCE_MISSING', message });
    return '';
  };
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return fault(`${file} is not a file`);
    if (stats.size > maxFileBytes) return fault(`${file} is larger than ${maxFileBytes / 1024} KiB`);
    const text = readFileSync(file, 'utf8').trimEnd();
    return text === '' ? fault(`${file} is empty`) : text;
  } catch (error) {
    return fault(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
}
