import { pathToFileURL } from 'node:url';
import type { ProviderPlugin } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { silentLog } from '../../core/observe/log.ts';
import { createInlineRunner } from '../../core/translate/inline-runner.ts';
import { createPoolRunner } from '../../core/translate/pool-runner.ts';
import type { ModuleRef, Runner } from '../../core/translate/runner.ts';

/** Runs one suite on this thread and in worker threads: runners may differ in nothing a caller sees. */
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
}
