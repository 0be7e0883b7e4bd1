import type { ProviderPlugin } from '@dragoman/plugin-sdk';
import { openEngineModule } from './engine-module.ts';
import type { ShippedModule } from './pool-messages.ts';
import type { ModuleRef } from './runner.ts';
import { sandboxPlugin } from './sandbox-plugin.ts';
import type { NoteInstance, SandboxedModule } from './sandboxed-module.ts';
import { openWasmModule } from './wasm-module.ts';

/** Opens a module of the sandbox on this thread. A file of its own, so that worker threads never load Extism. */
export async function openSandboxed(
  module: ModuleRef,
  { wasm, code, snapshot }: ShippedModule,
  note: NoteInstance,
): Promise<{ plugin: ProviderPlugin; sandboxed: SandboxedModule }> {
  if (wasm === undefined) throw new Error('its compiled code did not come along');
  const sandboxed =
    code === undefined
      ? await openWasmModule(wasm, module.limits, module.candidates ?? {}, note)
      : await openEngineModule(wasm, { code, snapshot }, module.limits, note);
  return { plugin: sandboxPlugin(module, sandboxed), sandboxed };
}
