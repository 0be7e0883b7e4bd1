import { realpathSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readManifest, signatureFile, snapshotFile } from '../plugins/manifest.ts';
import { readFolder } from '../plugins/read-folder.ts';
import { peekId } from './plugins-sign.ts';
import { print, printJson, remark } from './print.ts';
import { failWith } from './report-error.ts';

/** Writes `plugin.snapshot` into a plugin's folder, for a faster start in the sandbox of a gateway of this version. */
export async function snapshotPlugin(folder: string, options: { json?: boolean }): Promise<number> {
  const content = readFolder(basename(folder), realpathSync(folder));
  const id = peekId(content.files.get('plugin.json'));
  const manifest = await readManifest(id ?? basename(folder), content);
  if (manifest.runtime?.js === undefined) {
    throw failWith(
      `${manifest.id} has no JavaScript (runtime.js), and only that can have a snapshot`,
      manifest.runtime === undefined
        ? 'a plugin without code has nothing to load'
        : 'a module in WebAssembly is compiled as it is: have its compiler do its work in advance',
    );
  }
  const { makeEngineSnapshot } = await withoutWarnings(() => import('../plugins/make-engine-snapshot.ts'));
  const made = await makeEngineSnapshot(manifest, content, () =>
    remark('Making the engine of the sandbox: the first time in a clone, for some seconds.'),
  );
  const file = join(folder, snapshotFile);
  // Whoever watches the folder sees the old one or the new one; dot-files are no part of a plugin.
  const draft = join(folder, `.${snapshotFile}`);
  writeFileSync(draft, made.file);
  renameSync(draft, file);
  const { memoryBytes, codeMs, snapshotMs } = made;
  const fileBytes = made.file.byteLength;
  if (options.json) {
    printJson({
      file,
      plugin: manifest.id,
      version: manifest.version,
      fileBytes,
      memoryBytes,
      codeMs,
      snapshotMs,
    });
    return 0;
  }
  print(
    `${file}: ${(memoryBytes / 1_048_576).toFixed(1)} MB of memory in ${Math.ceil(fileBytes / 1_024)} KB. ` +
      `A thread loads ${manifest.id} in ${snapshotMs.toFixed(1)} ms with it, and in ${codeMs.toFixed(1)} ms without.`,
  );
  if (content.files.has(signatureFile)) remark(`${signatureFile} no longer fits: sign the plugin again.`);
  return 0;
}

/** Extism loads `node:wasi`, of which Node says that it is experimental. Nothing in the sandbox uses it. */
async function withoutWarnings<Value>(run: () => Promise<Value>): Promise<Value> {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return await run();
  } finally {
    process.emitWarning = emitWarning;
  }
}
