import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import bundled from '../../plugins/bundled.json' with { type: 'json' };

/**
 * Some time after its start a gateway makes a copy of every bundled plugin, which takes more of a processor than most
 * tests do. Their names tell the content of plugin and SDK, and only this file of a copy is looked for.
 */
const file = '.module.cjs';
const kept = join(import.meta.dirname, '../../node_modules/.cache/dragoman-copies');

/** Gives a gateway that was created, but not started, the copies that an earlier one made. */
export function lendCopies(state: string): void {
  for (const name of list(kept)) link(join(kept, name), join(state, 'plugins', name));
}

/** Keeps the copies of bundled plugins that a gateway made, in place of older ones. */
export function keepCopies(state: string): void {
  for (const name of list(join(state, 'plugins'))) {
    const [id = ''] = name.split('@');
    if (!(id in bundled) || existsSync(join(kept, name))) continue;
    for (const old of list(kept))
      if (old.startsWith(`${id}@`)) rmSync(join(kept, old), { recursive: true, force: true });
    link(join(state, 'plugins', name), join(kept, name));
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
}

/** In one step. Another test file may be doing the same; without a copy a gateway makes its own. */
function link(from: string, to: string): void {
  if (existsSync(to) || !existsSync(join(from, file))) return;
  const draft = join(dirname(to), `.${randomUUID()}`);
  try {
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    linkSync(join(from, file), join(draft, file));
    renameSync(draft, to);
  } catch {
    rmSync(draft, { recursive: true, force: true });
  }
}
