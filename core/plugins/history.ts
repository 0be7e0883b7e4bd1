import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { replaceFile } from '../files/replace-file.ts';

export type PluginOutcome = 'on' | 'swapped' | 'refused' | 'rolled-back' | 'removed';

/** One line of the history: what became of one version of a plugin. */
export interface HistoryEntry {
  /** ISO 8601, UTC. */
  time: string;
  plugin: string;
  /** '' when its manifest could not be read. */
  version: string;
  /** SHA-256 over its files, in hex; '' when they could not be read. */
  hash: string;
  outcome: PluginOutcome;
  /** The folder it was in. */
  directory: string;
  /** Name of its copy in the state directory; absent when it has no code. */
  copy?: string;
  /** Fixtures it passed before it was used; absent when it was not asked. */
  fixtures?: number;
  code?: string;
  reason?: string;
}

/** A version that served and was not taken back. */
export interface GoodVersion {
  version: string;
  hash: string;
  copy: string;
}
/** A version whose calls failed after it came into use. */
export interface BadVersion {
  version: string;
  hash: string;
  reason: string;
}

/** What became of every version, over restarts; the state directory's `plugins-history.jsonl`. */
export interface History {
  /** Oldest first. */
  entries(): HistoryEntry[];
  /** Never fails: a history that cannot be written must not stop a swap. */
  add(entry: HistoryEntry): void;
  /** True when this is what was last noted of the folder. */
  isKnown(entry: HistoryEntry): boolean;
  /** The last versions of a folder that were good, newest first; two at most. */
  goodsOf(directory: string): readonly GoodVersion[];
  /** The version of a folder that was taken back, until another one was in use. */
  badOf(directory: string): BadVersion | undefined;
  /** How many fixtures the copy passed; undefined: it was not asked yet. */
  fixturesOf(copy: string): number | undefined;
  /** Where a copy lies. */
  pathOf(copy: string): string;
  /** Copies to keep for the day they are needed. */
  copies(): string[];
}
export interface HistoryOptions {
  /** Another process may be writing it. Default false. */
  isReadOnly?: boolean;
  /** Of twice as many lines the older ones go, but for those that say what is good or bad. Default 1000. */
  keep?: number;
  onError?(error: unknown): void;
}

interface Standing {
  goods: GoodVersion[];
  bad?: BadVersion;
  last: string;
}

export function openHistory(dataDir: string, options: HistoryOptions = {}): History {
  const { isReadOnly = false, keep = 1000, onError } = options;
  const file = join(dataDir, 'plugins-history.jsonl');
  const passed = new Map<string, number>();
  let standings: Map<string, Standing> | undefined;
  let lines = 0;

  /** Read when it is first asked for: a gateway without plugins of others never does. */
  function load(): Map<string, Standing> {
    if (standings !== undefined) return standings;
    standings = new Map();
    for (const entry of read(file)) {
      note(standings, passed, entry);
      lines++;
    }
    return standings;
  }
  function add(entry: HistoryEntry): void {
    note(load(), passed, entry);
    if (isReadOnly) return;
    try {
      makeFolder(dataDir);
      appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
      lines++;
      if (lines > 2 * keep) lines = shorten(file, keep, load());
    } catch (error) {
      onError?.(error);
    }
  }
  return {
    entries: () => read(file),
    add,
    isKnown: (entry) => load().get(entry.directory)?.last === identify(entry),
    goodsOf: (directory) => load().get(directory)?.goods ?? [],
    badOf: (directory) => load().get(directory)?.bad,
    fixturesOf(copy) {
      load();
      return passed.get(copy);
    },
    pathOf: (copy) => join(dataDir, 'plugins', copy),
    copies: () => [...load().values()].flatMap(({ goods }) => goods.map(({ copy }) => copy)),
  };
}

function read(file: string): HistoryEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').flatMap(parse);
}

/** A line that a crash cut short says nothing. */
function parse(line: string): HistoryEntry[] {
  try {
    const entry = JSON.parse(line) as HistoryEntry | null;
    return typeof entry?.directory === 'string' && typeof entry.hash === 'string' ? [entry] : [];
  } catch {
    return [];
  }
}

function identify({ outcome, hash, code }: HistoryEntry): string {
  return [outcome === 'on' ? 'swapped' : outcome, hash, code].join(' ');
}

function note(standings: Map<string, Standing>, passed: Map<string, number>, entry: HistoryEntry): void {
  const { directory, outcome, version, hash, copy, fixtures, reason = '' } = entry;
  if (outcome === 'removed') {
    // What is dropped in later is another plugin, whatever it is named.
    standings.delete(directory);
    return;
  }
  const standing = standings.get(directory) ?? { goods: [], last: '' };
  standings.set(directory, standing);
  standing.last = identify(entry);
  const others = standing.goods.filter((good) => good.hash !== hash);
  if (outcome === 'rolled-back') {
    standing.bad = { version, hash, reason };
    standing.goods = others;
  } else if (outcome !== 'refused') {
    if (standing.bad?.hash !== hash) delete standing.bad;
    if (copy !== undefined) standing.goods = [{ version, hash, copy }, ...others].slice(0, 2);
    if (copy !== undefined && fixtures !== undefined) passed.set(copy, fixtures);
  }
}

/** Rewrites the file in one step; gives its number of lines. */
function shorten(file: string, keep: number, standings: ReadonlyMap<string, Standing>): number {
  const entries = read(file);
  const isTelling = ({ directory, hash, outcome }: HistoryEntry): boolean => {
    const standing = standings.get(directory);
    if (outcome === 'refused' || standing === undefined) return false;
    return standing.bad?.hash === hash || standing.goods.some((good) => good.hash === hash);
  };
  const kept = [...entries.slice(0, -keep).filter(isTelling), ...entries.slice(-keep)];
  replaceFile(file, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return kept.length;
}
