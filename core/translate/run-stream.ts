import type { CanonicalEvent, Finish, Frame, Json, UpstreamError, Usage } from '@dragoman/plugin-sdk';
import { checkWarnings } from './check-warnings.ts';
import { depthError, translateFailure } from './failure.ts';
import { formatFrames, type Place, parseFrame, type RawFrame } from './frames.ts';
import { createGrammar, type GrammarState, guard } from './grammar.ts';
import { type CheckOutput, contextOf, findTranslator, type Meter, type Resolve } from './run-steps.ts';
import type { BaseContext, Memos, StreamBatch, TranslateStep } from './runner.ts';

/** Everything a stream has to remember between two batches. Survives JSON, so any thread can run the next one. */
export interface StreamState {
  /** One per step. */
  states: Json[];
  grammar: GrammarState;
  usage?: Usage;
  finish?: Finish;
  error?: UpstreamError;
  ended?: 'complete' | 'error';
  /** Something was written already. */
  hasFrames?: boolean;
}
export type StreamItems =
  | { type: 'frames'; frames: RawFrame[] }
  | { type: 'events'; events: CanonicalEvent[] };

export function createStreamState(steps: readonly TranslateStep[]): StreamState {
  return { states: steps.map(() => null), grammar: createGrammar() };
}

/** Runs one batch through all steps of a stream plan, with the grammar guard on what the canonical side carries. */
export function runStream(
  steps: readonly TranslateStep[],
  state: StreamState,
  items: StreamItems,
  end: 'complete' | 'cut' | undefined,
  framing: string,
  base: BaseContext,
  memos: Memos,
  resolve: Resolve,
  check: CheckOutput,
  meter?: Meter,
): StreamBatch {
  let current: unknown[] = items.type === 'frames' ? items.frames.map(parseFrame) : items.events;
  const batch: StreamBatch = { text: '' };
  if (items.type === 'events') current = canonical(state, items.events, end, undefined, batch, false);
  let frames = items.type === 'frames';
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as TranslateStep;
    // Once a stream has failed only the encoder still runs, to say so in the client's dialect.
    if (items.type === 'events' && step.function !== 'encodeStream') continue;
    try {
      const startedAt = meter === undefined ? 0 : performance.now();
      const made = findTranslator(step, resolve)(
        { state: state.states[index], items: current, end } as never,
        contextOf(step, base, memos),
      ) as { output: { state: Json; items: unknown[] }; warnings?: StreamBatch['warnings'] };
      meter?.(step.module, performance.now() - startedAt);
      if (step.module.checked) check(step, made.output as unknown as Json);
      state.states[index] = made.output.state;
      current = made.output.items;
      if (made.warnings !== undefined && step.module.checked) checkWarnings(step, made.warnings);
      if (made.warnings !== undefined && made.warnings.length > 0) {
        batch.warnings = [...(batch.warnings ?? []), ...made.warnings];
      }
    } catch (thrown) {
      throw translateFailure(thrown, step, current);
    }
    frames = step.function !== 'decodeStream';
    if (!frames)
      current = canonical(state, current as CanonicalEvent[], end, step.module.plugin, batch, true);
  }
  if (frames && steps.length > 0) {
    const place = { isFirst: state.hasFrames !== true, isLast: state.ended !== undefined };
    batch.text = write(current as Frame[], framing, place);
    if (current.length > 0) state.hasFrames = true;
  }
  return batch;
}

function write(frames: Frame[], framing: string, place: Place): string {
  try {
    return formatFrames(frames, framing, place);
  } catch (cause) {
    throw depthError({ function: 'encodeStream', target: 'dialect:' }, cause);
  }
}

/** Holds events to the grammar and notes what the host wants to know of them. */
function canonical(
  state: StreamState,
  events: CanonicalEvent[],
  end: 'complete' | 'cut' | undefined,
  plugin: string | undefined,
  batch: StreamBatch,
  isDecoded: boolean,
): CanonicalEvent[] {
  let guarded = guard(state.grammar, events, end, plugin);
  for (let index = 0; index < guarded.length; index++) {
    const event = guarded[index] as CanonicalEvent;
    switch (event.type) {
      case 'usage':
        state.usage = state.usage === undefined ? event.usage : { ...state.usage, ...event.usage };
        break;
      case 'response-end':
        state.finish = event.finish;
        state.ended = 'complete';
        break;
      case 'error':
        if (end !== undefined && isDecoded && event.error.code !== 'GW_TRANSLATE_FAILED') {
          // Decoders say it in words; that it has one name for clients, log and metrics is the host's business.
          state.error = { ...event.error, code: 'GW_UPSTREAM_TRUNCATED' };
          batch.isTruncated = true;
          guarded = guarded.with(index, { ...event, error: state.error });
        } else state.error = event.error;
        state.ended = 'error';
        break;
      default:
    }
  }
  if (state.usage !== undefined) batch.usage = state.usage;
  if (state.ended !== undefined) batch.ended = state.ended;
  if (state.finish !== undefined) batch.finish = state.finish;
  if (state.error !== undefined) batch.error = state.error;
  return guarded;
}
