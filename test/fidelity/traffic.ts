import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadFixtures, type Recording } from '@dragoman/plugin-sdk/testing';
import { exchanges } from '../helpers/exchanges.ts';
import type { BundledDialect } from './dialects.ts';

/** Folders of the corpus whose recordings a dialect reads; absent: one of its own name, if there is one. */
const folders: Record<string, string[]> = {
  'openai-chat': ['openai-chat', 'mistral'],
  'anthropic-messages': ['anthropic'],
};

/** Every recorded chat of a dialect, with the fixtures of its plugin, which hold what no recording has. */
export function trafficOf({ id, plugin }: BundledDialect): Recording[] {
  const fixtures = join(import.meta.dirname, '..', '..', 'plugins', plugin, 'fixtures');
  const written = existsSync(fixtures) ? loadFixtures(fixtures, id) : [];
  const recorded = exchanges(...(folders[id] ?? [id]));
  return [...written.filter(({ operation = 'chat' }) => operation === 'chat'), ...recorded];
}
