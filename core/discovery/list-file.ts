import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ModelInfo } from '@dragoman/plugin-sdk';
import { makeFolder } from '../files/make-folder.ts';
import { replaceFile } from '../files/replace-file.ts';
import { cleanModels } from './clean-models.ts';

/** What is known of the models of one provider, address and credential. Times in milliseconds since the epoch. */
export interface ModelList {
  /** Configured name, for people. */
  provider: string;
  /** What the service listed last. */
  listed?: { at: number; models: ModelInfo[] };
  /** Why the last try brought nothing; absent after one that did. */
  failed?: { at: number; reason: string };
}
export interface ListFile {
  /** Random, of this file: makes the digests in its keys its own. */
  salt: string;
  lists: Map<string, ModelList>;
}

/** A larger one was not written here. */
const mostBytes = 16 * 1024 * 1024;

/** Null for a file that is not there or not of this version: it is a cache, and only made anew. */
export function readListFile(file: string): ListFile | null {
  let content: unknown;
  try {
    if (statSync(file).size > mostBytes) return null;
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
  const { version, salt, lists } = fieldsOf(content);
  if (version !== 1 || typeof salt !== 'string' || salt.length < 32) return null;
  const read = new Map<string, ModelList>();
  for (const [key, value] of Object.entries(fieldsOf(lists))) {
    const list = readList(value);
    if (list !== null && /^[0-9a-f]{64}$/.test(key)) read.set(key, list);
  }
  return { salt, lists: read };
}

/** Makes its folder too. */
export function writeListFile(file: string, { salt, lists }: ListFile): void {
  makeFolder(dirname(file));
  replaceFile(file, JSON.stringify({ version: 1, salt, lists: Object.fromEntries(lists) }));
}

function readList(value: unknown): ModelList | null {
  const { provider, listed, failed } = fieldsOf(value);
  if (typeof provider !== 'string') return null;
  const list: ModelList = { provider };
  const { at, models } = fieldsOf(listed);
  if (typeof at === 'number' && Array.isArray(models)) list.listed = { at, models: cleanModels(models) };
  const { at: failedAt, reason } = fieldsOf(failed);
  if (typeof failedAt === 'number' && typeof reason === 'string') list.failed = { at: failedAt, reason };
  return list;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
