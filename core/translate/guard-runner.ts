import { GatewayError } from '../errors/gateway-error.ts';
import type { Guards } from './guards.ts';
import { hasEndedThread } from './pool-death.ts';
import type { ModuleRef, Runner, Step, StreamBatch, StreamRun, TranslateStep } from './runner.ts';

const own: ReadonlySet<string> = new Set([
  'GW_TRANSLATE_FAILED',
  'GW_TRANSLATE_TIMEOUT',
  'GW_TRANSLATE_LIMIT',
]);

/**
 * Counts how the calls of plugins of others end, one per call and one per stream, and makes none of a plugin that is
 * paused. Plans of the gateway's own plugins alone go by.
 */
export function createGuardRunner(runner: Runner, guards: Guards): Runner {
  function watch<Output>(
    steps: readonly Step[],
    run: () => Output | Promise<Output>,
  ): Output | Promise<Output> {
    const modules = watchedOf(steps);
    if (modules.length === 0) return run();
    guards.admit(modules);
    try {
      const output = run();
      if (!(output instanceof Promise)) {
        for (const module of modules) guards.record(module, 'ok');
        return output;
      }
      return output.then(
        (made) => {
          for (const module of modules) guards.record(module, 'ok');
          return made;
        },
        (thrown: unknown) => {
          blame(guards, modules, thrown);
          throw thrown;
        },
      );
    } catch (thrown) {
      blame(guards, modules, thrown);
      throw thrown;
    }
  }
  return {
    request: (steps, input, context) => watch(steps, () => runner.request(steps, input, context)),
    response: (steps, input, context, memos) =>
      watch(steps, () => runner.response(steps, input, context, memos)),
    call: (steps, input, context, memos) => watch(steps, () => runner.call(steps, input, context, memos)),
    stream(steps, framing, context, memos) {
      const run = runner.stream(steps, framing, context, memos);
      const modules = watchedOf(steps);
      return modules.length === 0 ? run : watchStream(run, steps, modules, guards);
    },
    close: () => runner.close(),
  };
}

/** A stream counts once: when it ends, or when a call of it fails. One that is under way is never held up. */
function watchStream(
  run: StreamRun,
  steps: readonly TranslateStep[],
  modules: readonly ModuleRef[],
  guards: Guards,
): StreamRun {
  let isCounted = false;
  function seen(batch: StreamBatch): StreamBatch {
    if (batch.ended === undefined || isCounted) return batch;
    isCounted = true;
    // What the grammar would not let pass is the doing of whoever decoded.
    const isBroken = batch.error?.code === 'GW_TRANSLATE_FAILED';
    const decoder = isBroken ? steps.find((step) => step.function === 'decodeStream')?.module.id : undefined;
    for (const module of modules) {
      if (decoder === undefined) guards.record(module, 'ok');
      else if (decoder === module.id) guards.record(module, 'failed');
    }
    return batch;
  }
  function failed(thrown: unknown): never {
    if (!isCounted) blame(guards, modules, thrown);
    isCounted = true;
    throw thrown;
  }
  function watch(push: () => StreamBatch | Promise<StreamBatch>): StreamBatch | Promise<StreamBatch> {
    try {
      const batch = push();
      return batch instanceof Promise ? batch.then(seen, failed) : seen(batch);
    } catch (thrown) {
      return failed(thrown);
    }
  }
  return {
    push: (frames, end) => watch(() => run.push(frames, end)),
    pushEvents: (events, end) => watch(() => run.pushEvents(events, end)),
    // What it says is the host's own, and went wrong somewhere else.
    fail: (error) => run.fail(error),
  };
}

/** Counts a failure against the plugin it names, if it is one of these and the failure is its own. */
function blame(guards: Guards, modules: readonly ModuleRef[], thrown: unknown): void {
  if (!GatewayError.is(thrown) || !own.has(thrown.code)) return;
  const module = modules.find(({ plugin }) => plugin === thrown.details.plugin);
  if (module !== undefined) guards.record(module, hasEndedThread(thrown) ? 'killed' : 'failed');
}

const watched = new WeakMap<readonly Step[], readonly ModuleRef[]>();

/** The modules of a plan that do not ship with the gateway, each once. */
function watchedOf(steps: readonly Step[]): readonly ModuleRef[] {
  let modules = watched.get(steps);
  if (modules === undefined) {
    const all = steps.flatMap((step) =>
      step.type === 'translate' && step.module.checked ? step.module : [],
    );
    modules = all.filter((module, index) => all.findIndex(({ id }) => id === module.id) === index);
    watched.set(steps, modules);
  }
  return modules;
}
