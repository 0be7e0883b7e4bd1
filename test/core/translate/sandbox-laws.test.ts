import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Dialect, ProviderPlugin } from '@dragoman/plugin-sdk';
import { checkDialect, formatFailures, loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { bundleModule } from '../../../core/plugins/bundle.ts';
import { loadEngine } from '../../../core/translate/engine.ts';
import type { EngineSnapshot } from '../../../core/translate/engine-instance.ts';
import { openEngineModule } from '../../../core/translate/engine-module.ts';
import type { ModuleRef } from '../../../core/translate/runner.ts';
import { sandboxPlugin } from '../../../core/translate/sandbox-plugin.ts';
import { checkInterface, clampMemory } from '../../../core/translate/wasm-limits.ts';
import { openWasmModule } from '../../../core/translate/wasm-module.ts';
import { webAssembly } from '../../../core/translate/web-assembly.ts';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import { limits as small, toy } from './plans.ts';

const limits = { ...small, timeoutMs: 10_000, memoryMb: 256, maxOutputKb: 32_768 };
const engine = await webAssembly.compile(clampMemory(await loadEngine(), limits.memoryMb));
const anthropicDialect = anthropic.dialects['anthropic-messages'];
const plugins = resolve(import.meta.dirname, '../../../plugins');

/** Bundled plugins with code, and whose signatures theirs are. */
const families = {
  anthropic: 'anthropic',
  bedrock: 'bedrock-converse',
  cohere: 'cohere',
  gemini: 'google',
  ollama: 'ollama',
  openai: 'openai',
};
for (const [id, family] of Object.entries(families)) {
  t.test(`${id} says the same in the sandbox as on this thread, and keeps the laws there`, async (t) => {
    const root = join(plugins, id);
    const entry = join(root, 'src/index.ts');
    const original = (await import(pathToFileURL(entry).href)).default as ProviderPlugin;
    const code = Buffer.from(await bundleModule(id, root, entry)).toString('utf8');
    const open = (snapshot?: EngineSnapshot) =>
      openEngineModule(engine, { code, snapshot }, limits, () => undefined);
    // As on a thread that was given the memory of another: every exchange of either begins with it.
    const { snapshot } = await open();
    const sandboxed = await open(snapshot);
    t.teardown(() => sandboxed.close());
    const module: ModuleRef = toy(id, { limits, tier: 'sandbox' });
    const copy = sandboxPlugin(module, sandboxed);
    let compared = 0;
    for (const [dialect, inline] of Object.entries(original.dialects ?? {})) {
      const differences: string[] = [];
      const twin = twinOf(inline, copy.dialects?.[dialect] ?? {}, (difference) => {
        compared++;
        if (difference !== undefined) differences.push(difference);
      });
      const recordings = loadFixtures(join(root, 'fixtures'), dialect);
      for (const recording of recordings) {
        await sandboxed.ready(recording.name);
        const results = checkDialect(twin, { id: dialect, family, recordings: [recording], splits: 1 });
        t.equal(formatFailures(results), '', recording.name);
      }
      t.same(differences.slice(0, 3), [], dialect);
    }
    t.ok(compared > 50, `${compared} calls were compared`);
  });
}

for (const id of ['acme-c', 'acme-as']) {
  t.test(`${id}, of another language, keeps the laws in the sandbox`, async (t) => {
    const root = resolve(plugins, '../plugin-sdk/examples', id);
    const bytes = clampMemory(readFileSync(join(root, 'acme.wasm')), 16);
    const candidates = { [`dialect:${id}`]: [...Object.keys(anthropicDialect), 'encodeModels'] };
    const compiled = await webAssembly.compile(bytes);
    checkInterface(compiled);
    const sandboxed = await openWasmModule(compiled, limits, candidates, () => undefined);
    t.teardown(() => sandboxed.close());
    const found = sandboxed.functions[`dialect:${id}`] ?? [];
    t.ok(found.includes('decodeRequest') && !found.includes('encodeModels'), 'it says what it has');
    const plugin = sandboxPlugin(toy(id, { limits, tier: 'sandbox' }), sandboxed);
    for (const recording of loadFixtures(join(root, 'fixtures'), id)) {
      await sandboxed.ready(recording.name);
      const results = checkDialect(plugin.dialects?.[id] ?? {}, { id, recordings: [recording] });
      t.ok(results.length > 0);
      t.equal(formatFailures(results), '', recording.name);
    }
  });
}

t.test('every bundled dialect is among these', async (t) => {
  const withFixtures = readdirSync(plugins).filter((name) => {
    try {
      return readdirSync(join(plugins, name, 'fixtures')).length > 0;
    } catch {
      return false;
    }
  });
  t.same(withFixtures.toSorted(), Object.keys(families));
});

/** A dialect whose every call runs in both places. */
function twinOf(inline: Dialect, sandboxed: Dialect, tell: (difference?: string) => void): Dialect {
  const members = Object.entries(inline).map(([name, member]: [string, unknown]) => {
    const other = (sandboxed as Record<string, unknown>)[name];
    if (typeof member !== 'function' || typeof other !== 'function' || name === 'normalise')
      return [name, member];
    const both = (...given: unknown[]): unknown => {
      // A stream's state is the translator's to change.
      const again = structuredClone(given);
      const wanted = outcomeOf(() => Reflect.apply(member, inline, given));
      const found = outcomeOf(() => Reflect.apply(other, sandboxed, again));
      const isSame = found.text === wanted.text;
      tell(
        isSame ? undefined : `${name}: ${found.text.slice(0, 300)}\ninstead of ${wanted.text.slice(0, 300)}`,
      );
      if (wanted.thrown !== undefined) throw wanted.thrown;
      return wanted.made;
    };
    return [name, both];
  });
  return Object.fromEntries(members) as Dialect;
}

function outcomeOf(run: () => unknown): { text: string; made?: unknown; thrown?: unknown } {
  try {
    const made = run() as { output: unknown; warnings?: unknown; memo?: unknown };
    return { text: JSON.stringify([made.output, made.warnings, made.memo]), made };
  } catch (thrown) {
    const { name, message, code, path } = thrown as Record<string, unknown>;
    return { text: JSON.stringify({ name, message, code, path }), thrown };
  }
}
