import type { Candidate, CanonicalResponse, Part } from '../../canonical.ts';
import { createFolder, foldEvents } from '../../fold.ts';
import { unfoldResponse } from '../../unfold.ts';
import type { Recording } from '../recording.ts';
import { copyJson, runStream } from '../run.ts';
import type { Finding, Subject } from './law.ts';
import { decodeWhole, expectSame, isChat, isError, replyContexts, wireResponse } from './parts.ts';

/**
 * Law 2: a stream and a whole reply are two forms of one thing. With both in the recording they are compared, all but
 * `usage.raw`, which services write differently in streams, and the spelling of tool input. A stream alone is folded, written whole and read again;
 * a whole reply alone is unfolded, streamed and folded again: then what the hub has words for must be the same.
 */
export function streamAgrees(subject: Subject, recording: Recording): Finding[] {
  if (!isChat(recording) || isError(recording)) return [];
  const streamed = foldStream(subject, recording);
  const whole = decodeBody(subject, recording);
  if (streamed === 'failed') return [];
  if (streamed !== undefined && whole !== undefined) {
    const message = 'fold(decodeStream(frames)) equals decodeResponse(body)';
    return [expectSame(message, comparable(whole), comparable(streamed))];
  }
  if (streamed !== undefined) return throughWhole(subject, recording, streamed);
  return whole === undefined ? [] : throughStream(subject, recording, whole);
}

/** A recorded stream that ends in an error stands for no reply. */
function foldStream(subject: Subject, recording: Recording): CanonicalResponse | 'failed' | undefined {
  const events = decodeWhole(subject, recording);
  if (events === undefined) return undefined;
  const folder = createFolder();
  for (const event of events) folder.add(event);
  const folded = folder.result();
  if (!folded.ok && events.at(-1)?.type !== 'error') throw new Error(folded.error.message);
  return folded.ok ? folded.response : 'failed';
}

function decodeBody(subject: Subject, recording: Recording): CanonicalResponse | undefined {
  const response = wireResponse(recording);
  const { decodeResponse } = subject.dialect;
  if (response === undefined || decodeResponse === undefined) return undefined;
  return decodeResponse(response, replyContexts(subject, recording).decode).output;
}

function throughWhole(subject: Subject, recording: Recording, streamed: CanonicalResponse): Finding[] {
  const { encodeResponse, decodeResponse } = subject.dialect;
  if (encodeResponse === undefined || decodeResponse === undefined) return [];
  const { decode, encode } = replyContexts(subject, recording);
  const body = encodeResponse(streamed, encode).output;
  const again = decodeResponse({ status: 200, headers: {}, body }, decode).output;
  return [
    expectSame('a folded stream is the same reply when written whole', hubOnly(streamed), hubOnly(again)),
  ];
}

function throughStream(subject: Subject, recording: Recording, whole: CanonicalResponse): Finding[] {
  const { encodeStream, decodeStream } = subject.dialect;
  if (encodeStream === undefined || decodeStream === undefined) return [];
  const { decode, encode } = replyContexts(subject, recording);
  const frames = runStream(encodeStream, [unfoldResponse(whole)], encode).items;
  const again = foldEvents(runStream(decodeStream, [frames], decode).items);
  return [expectSame('a whole reply is the same when streamed', hubOnly(whole), hubOnly(again))];
}

/**
 * A reply as it is compared: without `usage.raw`, and with tool input as a value, because most services send it as text
 * in streams and as an object in whole replies.
 */
function comparable(response: CanonicalResponse): unknown {
  const copy = copyJson({ ...response, usage: { ...response.usage, raw: undefined } });
  return { ...copy, parts: copy.parts.map(settle), candidates: copy.candidates?.map(settleCandidate) };
}

function settleCandidate(candidate: Candidate): unknown {
  return { ...candidate, parts: candidate.parts.map(settle) };
}

function settle(part: Part): unknown {
  if (part.type !== 'tool-call' || part.kind === 'custom') return part;
  try {
    return { ...part, input: JSON.parse(part.input) as unknown };
  } catch {
    return part;
  }
}

/** The reply without wire fields only its own dialect understands. */
function hubOnly(response: CanonicalResponse): unknown {
  const text = JSON.stringify(comparable(response));
  return JSON.parse(text, (key, value: unknown) => (key === 'extensions' ? undefined : value));
}
