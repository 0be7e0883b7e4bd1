import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import binaryen from 'binaryen';
import openWabt from 'wabt';
import { embedderText, shimText, shown, systemText } from './shim.ts';

/**
 * Makes the JavaScript engine of the sandbox: QuickJS, our shim and stubs in one WebAssembly module.
 * `node scripts/engine/build-engine.ts FILE`; takes some seconds. The file appears in one step.
 */
const [target = ''] = process.argv.slice(2);
if (target === '') throw new Error('usage: build-engine.ts FILE');

const features = [
  'bulk-memory',
  'bulk-memory-opt',
  'call-indirect-overlong',
  'extended-const',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
  'simd',
];

const out = resolve(target);
mkdirSync(dirname(out), { recursive: true });
const scratch = mkdtempSync(join(dirname(out), '.engine-'));
try {
  await writeParts();
  merge();
  writeFileSync(join(scratch, 'engine.wasm'), trim(readFileSync(join(scratch, 'merged.wasm'))));
  renameSync(join(scratch, 'engine.wasm'), out);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function writeParts(): Promise<void> {
  const wabt = await openWabt();
  const parts = { shim: shimText(), embedder: embedderText, system: systemText };
  for (const [name, text] of Object.entries(parts)) {
    const parsed = wabt.parseWat(`${name}.wat`, text, { bulk_memory: true, mutable_globals: true });
    writeFileSync(join(scratch, `${name}.wasm`), parsed.toBinary({}).buffer);
    parsed.destroy();
  }
}

function merge(): void {
  const quickjs = fileURLToPath(import.meta.resolve('quickjs-wasi/quickjs.wasm'));
  const tool = join(dirname(fileURLToPath(import.meta.resolve('binaryen'))), 'bin/wasm-merge');
  const inputs = [
    ['shim.wasm', 'shim'],
    [quickjs, 'quickjs'],
    ['embedder.wasm', 'env'],
    ['system.wasm', 'wasi_snapshot_preview1'],
  ];
  const flags = ['--skip-export-conflicts', ...features.map((name) => `--enable-${name}`)];
  execFileSync(process.execPath, [tool, ...inputs.flat(), '-o', 'merged.wasm', ...flags], {
    cwd: scratch,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Leaves out what nothing shown reaches. */
function trim(merged: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(merged);
  const { BulkMemory, BulkMemoryOpt, MutableGlobals, Multivalue, NontrappingFPToInt, SignExt } =
    binaryen.Features;
  module.setFeatures(BulkMemory | BulkMemoryOpt | MutableGlobals | Multivalue | NontrappingFPToInt | SignExt);
  const names = Array.from(
    { length: module.getNumExports() },
    (_, index) => binaryen.getExportInfo(module.getExportByIndex(index)).name,
  );
  for (const name of names) if (!shown.has(name)) module.removeExport(name);
  module.runPasses(['remove-unused-module-elements']);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}
