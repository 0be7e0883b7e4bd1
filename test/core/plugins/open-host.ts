import { join } from 'node:path';
import type { CanonicalEvent } from '@dragoman/plugin-sdk';
import type { Test } from 'tap';
import type { LogLevel } from '../../../core/observe/level.ts';
import type { Log } from '../../../core/observe/log.ts';
import { silentLog } from '../../../core/observe/log.ts';
import {
  createPluginHost,
  type PluginHost,
  type PluginHostOptions,
} from '../../../core/plugins/plugin-host.ts';
import type { PluginReport, Snapshot } from '../../../core/plugins/snapshot.ts';
import { createInlineRunner } from '../../../core/translate/inline-runner.ts';

export interface OpenHost {
  host: PluginHost;
  /** Every line logged, oldest first. */
  lines: { level: LogLevel; message: string; fields?: object | undefined }[];
  /** Resolves with the next snapshot for which `holds`, or at once if the current one is such. */
  until(holds: (snapshot: Snapshot) => boolean): Promise<Snapshot>;
  report(id: string): PluginReport | undefined;
}

/** A host over a temporary folder; `bundled/` in it is what ships with the gateway. Closed when the test ends. */
export async function openHost(
  t: Test,
  cwd: string,
  options: Partial<PluginHostOptions> = {},
): Promise<OpenHost> {
  const lines: OpenHost['lines'] = [];
  const log: Log = { ...silentLog, log: (level, message, fields) => lines.push({ level, message, fields }) };
  for (const level of ['error', 'warn', 'info', 'debug'] as const) {
    log[level] = (message) => lines.push({ level, message });
  }
  const host = await createPluginHost({
    cwd,
    env: {},
    bundled: { directory: join(cwd, 'bundled'), hashes: null },
    watch: false,
    log,
    makeRunner: () => ({
      ...createInlineRunner(),
      describe: () => Promise.resolve({}),
      conform: () => Promise.resolve({ fixtures: 0 }),
    }),
    ...options,
  });
  t.teardown(() => host.close());
  const waiting = new Set<(snapshot: Snapshot) => void>();
  host.onSwap((snapshot) => {
    for (const listener of waiting) listener(snapshot);
  });
  return {
    host,
    lines,
    report: (id) => host.registry.current.reports.find((report) => report.id === id),
    until: (holds) =>
      new Promise((resolve) => {
        const { current } = host.registry;
        if (holds(current)) return resolve(current);
        const listener = (snapshot: Snapshot): void => {
          if (!holds(snapshot)) return;
          waiting.delete(listener);
          // The swap comes right after its listeners.
          queueMicrotask(() => resolve(snapshot));
        };
        waiting.add(listener);
      }),
  };
}

/** What a toy's local provider answers, run as a request would run it. */
export function answerOf(snapshot: Snapshot, id: string): string {
  const module = snapshot.providers.get(id)?.local;
  const respond = module?.exports?.locals?.[id]?.respond;
  if (respond === undefined) throw new Error(`${id} has no respond`);
  const request = { model: 'toy', messages: [], stream: false };
  const context = {
    requestId: 'r',
    now: 0,
    operation: 'chat' as const,
    model: { id: 'toy', input: [], output: [], features: [] },
    config: {},
    provider: { id, family: id, dialect: '', options: {} },
    client: { dialect: '' },
  };
  const events: CanonicalEvent[] = respond(request, context).output;
  return events
    .flatMap((event) =>
      event.type === 'part-delta' && event.delta.type === 'text' ? [event.delta.text] : [],
    )
    .join('');
}
