import type { Path } from './positions.ts';
import { pathKey, type Resolved } from './references.ts';
import { goodKeyLength, isSampleKey } from './sample-keys.ts';
import type { ConfigProblem } from './settings.ts';

type LiteralProblem = Pick<ConfigProblem, 'severity' | 'message'> & { path: Path; suggestion?: string };

/** What of an entry is secret. */
const secretNames = ['key', 'secretAccessKey', 'sessionToken'];

/**
 * Keys written into the file itself: they work, with one warning for all of them. Clients' keys shorter than 16
 * characters are refused, and so are all that were copied from documentation.
 */
export function literalKeyProblems(document: unknown, resolved: Resolved): LiteralProblem[] {
  const literals = [...keysOf(document)].filter(({ path }) => !resolved.referenced.has(pathKey(path)));
  const problems = literals.flatMap(explain);
  const first = literals[0];
  if (first !== undefined) {
    const count = literals.length === 1 ? 'a key stands' : `${literals.length} keys stand`;
    problems.push({
      severity: 'warning',
      path: first.path,
      message: `${count} in this file as plain text; whoever can read the file has it`,
      suggestion: '${NAME} for an environment variable, or file:PATH',
    });
  }
  return problems;
}

function explain(literal: { path: Path; key: string; isClient: boolean }): LiteralProblem[] {
  const { path, key, isClient } = literal;
  if (isSampleKey(key)) {
    return [{ severity: 'error', path, message: 'is a sample key from documentation' }];
  }
  if (!isClient || key.length >= goodKeyLength) return [];
  return [
    { severity: 'error', path, message: `is shorter than ${goodKeyLength} characters and could be guessed` },
  ];
}

function* keysOf(document: unknown): Generator<{ path: Path; key: string; isClient: boolean }> {
  const { keys, providers } = (document ?? {}) as { keys?: unknown; providers?: unknown };
  yield* keysIn(keys, ['keys'], true);
  if (typeof providers !== 'object' || providers === null) return;
  for (const [name, provider] of Object.entries(providers)) {
    const { credentials } = (provider ?? {}) as { credentials?: unknown };
    yield* keysIn(credentials, ['providers', name, 'credentials'], false);
  }
}

function* keysIn(
  list: unknown,
  at: Path,
  isClient: boolean,
): Generator<{ path: Path; key: string; isClient: boolean }> {
  if (!Array.isArray(list)) return;
  for (const [index, item] of list.entries()) {
    for (const name of secretNames) {
      const key = ((item ?? {}) as Record<string, unknown>)[name];
      if (typeof key === 'string' && key !== '') yield { path: [...at, index, name], key, isClient };
    }
  }
}
