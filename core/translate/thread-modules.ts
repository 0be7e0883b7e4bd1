import type { ProviderPlugin } from '@dragoman/plugin-sdk';
import { loadModule, runCommonJs } from './js-module.ts';
import type { ShippedModule } from './pool-messages.ts';
import type { BaseContext, ModuleRef } from './runner.ts';
import { isLeased, noteInstance, type SandboxBoard, writeCost } from './sandbox-board.ts';
import type { SandboxedModule } from './sandboxed-module.ts';

/** The modules one thread knows: those it was born with, or in the sandbox those that came with its tasks. */
export interface ThreadModules {
  find(id: string): ModuleRef | undefined;
  /** What this thread has loaded of a module. */
  plugin(id: string): ProviderPlugin | undefined;
  /** Loads its code, unless it is loaded. Throws whatever the code throws. */
  load(module: ModuleRef): Promise<ProviderPlugin>;
  /** Takes in what a task brought along, and lets go of what nobody leases any more. True: something went. */
  take(shipped: readonly ShippedModule[]): boolean;
  /** Sees that calls of these modules find instances of their own; a promise when there is something to wait for. */
  ready(ids: readonly string[], exchange: string, isStream?: boolean): Promise<unknown> | undefined;
}

/** `board` is what the threads of a sandbox share with their host; see sandbox-board.ts. */
export function createThreadModules(born: readonly ModuleRef[], board?: SandboxBoard): ThreadModules {
  const known = new Map<string, ModuleRef>(born.map((module) => [module.id, module]));
  const shipments = new Map<string, ShippedModule>();
  const loaded = new Map<string, ProviderPlugin>();
  const sandboxed = new Map<string, SandboxedModule>();

  async function open(module: ModuleRef): Promise<ProviderPlugin> {
    const shipment = shipments.get(module.id);
    if (module.tier === 'sandbox' && shipment?.wasm !== undefined) {
      const { openSandboxed } = await import('./open-sandboxed.ts');
      const startedAt = performance.now();
      const made = await openSandboxed(module, shipment, (event) =>
        noteInstance(board, shipment.slot, event),
      );
      sandboxed.set(module.id, made.sandboxed);
      if (board !== undefined) {
        writeCost(board, shipment.slot, {
          loadMs: performance.now() - startedAt,
          memoryKb: Math.max(1, made.sandboxed.memoryBytes / 1_024),
          fromSnapshot: shipment.snapshot !== undefined,
        });
      }
      return made.plugin;
    }
    return shipment?.code === undefined
      ? loadModule(module.file, module.format)
      : runCommonJs(module.file, shipment.code);
  }
  function isGone({ slot, serial }: ShippedModule): boolean {
    return !isLeased(board, slot, serial);
  }
  function drop(id: string): void {
    sandboxed.get(id)?.close();
    for (const kept of [known, shipments, loaded, sandboxed]) kept.delete(id);
  }

  return {
    find: (id) => known.get(id),
    plugin: (id) => loaded.get(id),
    async load(module) {
      const before = loaded.get(module.id);
      if (before !== undefined) return before;
      const plugin = await open(module);
      loaded.set(module.id, plugin);
      return plugin;
    },
    take(shipped) {
      let isChanged = false;
      for (const [id, shipment] of shipments) {
        if (!isGone(shipment)) continue;
        drop(id);
        isChanged = true;
      }
      for (const shipment of shipped) {
        const { id } = shipment.module;
        if (known.has(id)) continue;
        known.set(id, shipment.module);
        shipments.set(id, shipment);
      }
      return isChanged;
    },
    ready(ids, exchange, isStream) {
      let waiting: Promise<unknown> | undefined;
      for (const id of ids) {
        const made = sandboxed.get(id)?.ready(exchange, isStream);
        if (made !== undefined) waiting = waiting === undefined ? made : Promise.all([waiting, made]);
      }
      return waiting;
    },
  };
}

/** Two exchanges never look the same, even when a client sends an id of its own twice. */
export function exchangeOf({ requestId, now }: BaseContext): string {
  return `${requestId} ${now}`;
}
