import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PluginManifest } from '@dragoman/plugin-sdk';
import { makeFolder } from '../files/make-folder.ts';
import { bundleModule, sdkEntry } from './bundle.ts';
import { type FolderContent, readFolder } from './read-folder.ts';

/** What inline code, workers and tools run. Dot-files of a plugin are not copied, so nothing can be in its way. */
const moduleFile = '.module.cjs';
const wasmFile = '.module.wasm';
/** A copy that was not finished; removed when it is older than the process. */
const unfinished = '.unfinished-';

export type CodeKind = 'js' | 'wasm';
const files: Readonly<Record<CodeKind, string>> = { js: moduleFile, wasm: wasmFile };

/** Copies of accepted plugins in `<state>/plugins/<id>@<hash>/`. Code only ever runs from here. */
export interface Staging {
  readonly directory: string;
  /** Names a copy; equal for equal content and equal SDK. */
  nameOf(id: string, content: FolderContent): string;
  /** The file of JavaScript, or the Extism module, of a copy that is already there. */
  find(name: string, kind?: CodeKind): string | null;
  /** Makes the copy, with one file for each kind of code it has, unless it is there. Throws GW_PLUGIN_LOAD. */
  stage(manifest: PluginManifest, content: FolderContent, kind?: CodeKind): Promise<string>;
  /** Removes every copy not named. */
  keepOnly(names: ReadonlySet<string>): void;
}

export function openStaging(dataDir: string): Staging {
  const directory = join(dataDir, 'plugins');

  function find(name: string, kind: CodeKind = 'js'): string | null {
    const file = join(directory, name, files[kind]);
    return existsSync(file) ? file : null;
  }

  async function stage(
    manifest: PluginManifest,
    content: FolderContent,
    kind: CodeKind = 'js',
  ): Promise<string> {
    const name = nameOf(manifest.id, content);
    const known = find(name, kind);
    if (known !== null) return known;
    makeFolder(directory);
    const draft = join(directory, `${unfinished}${randomBytes(6).toString('hex')}`);
    try {
      for (const [path, bytes] of content.files) {
        const file = join(draft, path);
        mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
        writeFileSync(file, bytes, { flag: 'wx', mode: 0o600 });
      }
      const { js, wasm } = manifest.runtime ?? {};
      if (js !== undefined) {
        const code = await bundleModule(manifest.id, draft, js);
        writeFileSync(join(draft, moduleFile), code, { flag: 'wx', mode: 0o600 });
      }
      if (wasm !== undefined) copyFileSync(join(draft, wasm), join(draft, wasmFile));
      rmSync(join(directory, name), { recursive: true, force: true });
      // In one step, so that a copy is either whole or not there.
      renameSync(draft, join(directory, name));
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      throw error;
    }
    return join(directory, name, files[kind]);
  }

  function keepOnly(names: ReadonlySet<string>): void {
    if (!existsSync(directory)) return;
    for (const name of readdirSync(directory)) {
      const isCopy = /^[a-z0-9-]+@[0-9a-f]+$/.test(name) || name.startsWith(unfinished);
      if (isCopy && !names.has(name)) rmSync(join(directory, name), { recursive: true, force: true });
    }
  }

  return { directory, nameOf, find, stage, keepOnly };
}

function nameOf(id: string, content: FolderContent): string {
  // All of it: whoever can make two plugins with one name would have one's code run with the other's trust.
  return `${id}@${createHash('sha256').update(`${content.hash}\n${sdkHash()}`).digest('hex')}`;
}

let sdk: string | undefined;

/** The SDK is part of every staged file: a gateway with another SDK makes other files of the same plugin. */
function sdkHash(): string {
  sdk ??= readFolder('@dragoman/plugin-sdk', dirname(sdkEntry())).hash;
  return sdk;
}
