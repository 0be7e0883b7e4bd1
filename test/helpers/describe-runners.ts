import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProviderPlugin } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { silentLog } from '../../core/observe/log.ts';
import { bundleModule } from '../../core/plugins/bundle.ts';
import { createInlineRunner } from '../../core/translate/inline-runner.ts';
import { createPoolRunner } from '../../core/translate/pool-runner.ts';
import type { ModuleRef, Runner } from '../../core/translate/runner.ts';
import { createSandbox } from '../../core/translate/sandbox.ts';

/** Runs one suite on this thread, in worker threads and in the sandbox: runners may differ in nothing a caller sees. */
export function describeRunners(
  name: string,
  modules: readonly ModuleRef[],
  suite: (t: Test, runner: Runner) => void | Promise<void>,
): void {
  t.test(`${name}, inline`, async (t) => {
    const loaded = new Map<string, ProviderPlugin>();
    for (const { id, file } of modules) {
      loaded.set(id, (await import(pathToFileURL(file).href)).default as ProviderPlugin);
    }
    await suite(
      t,
      createInlineRunner(undefined, (module) => loaded.get(module.id) ?? {}),
    );
  });
  t.test(`${name}, in a worker`, async (t) => {
    const runner = createPoolRunner({ modules, threads: 1, log: silentLog });
    t.teardown(() => runner.close());
    await runner.warm();
    await suite(t, runner);
  });
  t.test(`${name}, in the sandbox`, async (t) => {
    const sandboxed = await Promise.all(modules.map((module) => sandboxedCopy(t, module)));
    const runner = createSandbox({ threads: 1, log: silentLog }).open(sandboxed);
    t.teardown(() => runner.close());
    await runner.warm();
    await suite(t, runner);
  });
}

/** The same module as staging would make it, in the tier of plugins nobody trusts. */
export async function sandboxedCopy(t: Test, module: ModuleRef): Promise<ModuleRef> {
  const file = join(t.testdir(), 'module.cjs');
  writeFileSync(file, await bundleModule(module.plugin, dirname(module.file), module.file));
  return { ...module, file, format: 'cjs', tier: 'sandbox' };
}
