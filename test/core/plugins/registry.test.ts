import t from 'tap';
import { createRegistry } from '../../../core/plugins/registry.ts';
import type { Snapshot } from '../../../core/plugins/snapshot.ts';
import { createInlineRunner } from '../../../core/translate/inline-runner.ts';

/** Of a snapshot a registry looks at the runner only. */
function snapshotWith(generation: number, runner: Snapshot['runner']): Snapshot {
  const none = new Map();
  return {
    generation,
    settings: {} as Snapshot['settings'],
    plugins: none,
    dialects: none,
    providers: none,
    reports: [],
    providerReports: [],
    problems: [],
    runner,
  };
}

function countingRunner(): { runner: Snapshot['runner']; closed: () => number } {
  let count = 0;
  const close = (): Promise<void> => {
    count++;
    return Promise.resolve();
  };
  return { runner: { ...createInlineRunner(), close }, closed: () => count };
}

t.test('a lease sees what was current when it was taken, until it is released', (t) => {
  const [first, second] = [countingRunner(), countingRunner()];
  const registry = createRegistry(snapshotWith(1, first.runner));
  const lease = registry.lease();
  registry.swap(snapshotWith(2, second.runner));
  t.equal(lease.snapshot.generation, 1);
  t.equal(registry.lease().snapshot.generation, 2);
  t.equal(first.closed(), 0, 'a held snapshot keeps its runner');
  lease.release();
  t.equal(first.closed(), 1);
  lease.release();
  t.equal(first.closed(), 1, 'a second release counts for nothing');
  t.equal(second.closed(), 0);
  t.end();
});

t.test('a snapshot nobody holds is let go at once', (t) => {
  const first = countingRunner();
  let retired = 0;
  const registry = createRegistry(snapshotWith(1, first.runner), { onRetired: () => retired++ });
  registry.lease().release();
  t.equal(first.closed(), 0, 'but never the current one');
  registry.swap(snapshotWith(2, countingRunner().runner));
  t.equal(first.closed(), 1);
  t.equal(retired, 1);
  t.same(
    registry.live().map(({ generation }) => generation),
    [2],
  );
  t.end();
});

t.test('a runner that snapshots share is closed with the last of them', async (t) => {
  const shared = countingRunner();
  const registry = createRegistry(snapshotWith(1, shared.runner));
  const lease = registry.lease();
  registry.swap(snapshotWith(2, shared.runner));
  lease.release();
  t.equal(shared.closed(), 0);
  await registry.close();
  t.equal(shared.closed(), 1);
});

t.test('a lease that is never released does not hold a snapshot for ever', async (t) => {
  const first = countingRunner();
  const retired = new Promise<void>((resolve) => {
    const registry = createRegistry(snapshotWith(1, first.runner), { drainMs: 1, onRetired: resolve });
    const lease = registry.lease();
    registry.swap(snapshotWith(2, countingRunner().runner));
    t.teardown(() => lease.release());
  });
  // The registry's own timer keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  await retired;
  clearInterval(alive);
  t.equal(first.closed(), 1);
});

t.test('closing waits for every runner, and one that fails is told', async (t) => {
  const errors: unknown[] = [];
  const failing = { ...createInlineRunner(), close: () => Promise.reject(new Error('stuck')) };
  const registry = createRegistry(snapshotWith(1, failing), { onError: (error) => errors.push(error) });
  await registry.close();
  t.match(errors, [{ message: 'stuck' }]);
});
