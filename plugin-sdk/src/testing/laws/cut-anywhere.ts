import type { CanonicalEvent, UpstreamError } from '../../canonical.ts';
import { checkGrammar } from '../../grammar-rules.ts';
import type { Json } from '../../json.ts';
import type { StreamTranslator, TranslateContext } from '../../translate.ts';
import type { Frame } from '../../wire.ts';
import type { Recording } from '../recording.ts';
import { copyJson, runStream } from '../run.ts';
import type { Finding, Subject } from './law.ts';
import { decodeWhole, replyContexts } from './parts.ts';

/**
 * Law 7: a stream that is cut before its terminator ends in exactly one `error`; one that ends by itself anywhere ends
 * in exactly one terminal event. And an error in the middle, written by `encodeStream`, is read as one and no success.
 */
export function cutAnywhere(subject: Subject, recording: Recording): Finding[] {
  const events = decodeWhole(subject, recording);
  const { decodeStream } = subject.dialect;
  if (events === undefined || decodeStream === undefined) return [];
  const { decode } = replyContexts(subject, recording);
  return [
    ...cutDecoding(decodeStream, recording.frames ?? [], decode),
    ...failEncoding(subject, recording, events),
  ];
}

function cutDecoding(
  decodeStream: StreamTranslator<Frame, CanonicalEvent>,
  frames: Frame[],
  context: TranslateContext,
): Finding[] {
  const findings: Finding[] = [];
  const soFar: CanonicalEvent[] = [];
  let state: Json = null;
  for (let cut = 0; cut <= frames.length; cut++) {
    for (const end of ['cut', 'complete'] as const) {
      const rest = decodeStream({ state: copyJson(state), items: [], end }, context).output.items;
      const fault = faultOfEnd([...soFar, ...rest], end);
      const message = `a stream that is ${end} after ${cut} of ${frames.length} frames ends in one terminal event`;
      if (fault !== undefined) findings.push({ ok: false, message, diff: fault });
    }
    const frame = frames[cut];
    if (frame === undefined) break;
    const { output } = decodeStream({ state, items: [frame] }, context);
    state = output.state;
    soFar.push(...output.items);
    if (soFar.some(isTerminal)) break;
  }
  return findings.length > 0
    ? findings
    : [{ ok: true, message: 'a stream cut anywhere ends in one terminal event' }];
}

function faultOfEnd(events: CanonicalEvent[], end: 'cut' | 'complete'): string | undefined {
  const [fault] = checkGrammar(events);
  if (fault !== undefined) return fault.message;
  const isSuccess = events.at(-1)?.type === 'response-end';
  return end === 'cut' && isSuccess ? 'it looks like success' : undefined;
}

function isTerminal(event: CanonicalEvent): boolean {
  return event.type === 'response-end' || event.type === 'error';
}

const failure: UpstreamError = { kind: 'overloaded', message: 'the test cut this stream' };

/** Fails the stream after its first, middle and last event that is not terminal. */
function failEncoding(subject: Subject, recording: Recording, events: CanonicalEvent[]): Finding[] {
  const { encodeStream, decodeStream } = subject.dialect;
  if (encodeStream === undefined || decodeStream === undefined) return [];
  const { decode, encode } = replyContexts(subject, recording);
  const places = new Set([1, Math.ceil(events.length / 2), events.length - 1]);
  return [...places].map((place) => {
    const cut: CanonicalEvent[] = [...events.slice(0, place).filter((event) => !isTerminal(event))];
    cut.push({ type: 'error', error: failure });
    const frames = runStream(encodeStream, [cut], encode).items;
    const again = runStream(decodeStream, [frames], decode).items;
    const last = again.at(-1);
    const message = `an error after ${place} events is written as one`;
    const fault = checkGrammar(again)[0]?.message;
    if (fault !== undefined) return { ok: false, message, diff: fault };
    if (last?.type !== 'error') return { ok: false, message, diff: `it is read as ${last?.type}` };
    return last.error.message.includes(failure.message)
      ? { ok: true, message }
      : { ok: false, message, diff: `its message became '${last.error.message}'` };
  });
}
