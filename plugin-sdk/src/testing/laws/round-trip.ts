import type { CanonicalEvent, UpstreamError } from '../../canonical.ts';
import { createFolder } from '../../fold.ts';
import type { Json } from '../../json.ts';
import type { EncodedRequest } from '../../wire.ts';
import type { Recording } from '../recording.ts';
import { runStream } from '../run.ts';
import type { Finding, Subject } from './law.ts';
import {
  contextOf,
  decodeWhole,
  encodeWhole,
  expectSame,
  functionsOf,
  isError,
  replyContexts,
  wireResponse,
} from './parts.ts';

/** Law 1: decode and encode in one dialect gives `normalise(x)`. */
export function roundTrip(subject: Subject, recording: Recording): Finding[] {
  if (isError(recording)) return roundTripError(subject, recording);
  return [
    ...roundTripRequest(subject, recording),
    ...roundTripResponse(subject, recording),
    ...roundTripStream(subject, recording),
  ];
}

function roundTripRequest(subject: Subject, recording: Recording): Finding[] {
  const { decodeRequest, encodeRequest } = functionsOf(subject.dialect, recording);
  const { request } = recording;
  if (request === undefined || decodeRequest === undefined || encodeRequest === undefined) return [];
  const normalise = (body: Json): Json => subject.dialect.normalise?.normaliseRequest(body) ?? body;
  const context = contextOf(subject, recording);
  const decoded = decodeRequest(request as unknown as Json, context);
  const encoded = encodeRequest(decoded.output, context).output as unknown as EncodedRequest;
  const expected = normalise(request.body);
  return [
    expectSame('encodeRequest(decodeRequest(x)) equals normaliseRequest(x)', expected, encoded.body),
    expectSame('normaliseRequest is idempotent', expected, normalise(expected)),
  ];
}

function roundTripResponse(subject: Subject, recording: Recording): Finding[] {
  const { decodeResponse, encodeResponse } = functionsOf(subject.dialect, recording);
  const response = wireResponse(recording);
  if (response === undefined || decodeResponse === undefined || encodeResponse === undefined) return [];
  const normalise = (body: Json): Json => subject.dialect.normalise?.normaliseResponse(body) ?? body;
  const { decode, encode } = replyContexts(subject, recording);
  const decoded = decodeResponse(response as unknown as Json, decode);
  const expected = normalise(response.body);
  return [
    expectSame(
      'encodeResponse(decodeResponse(x)) equals normaliseResponse(x)',
      expected,
      encodeResponse(decoded.output, encode).output,
    ),
    expectSame('normaliseResponse is idempotent', expected, normalise(expected)),
  ];
}

function roundTripStream(subject: Subject, recording: Recording): Finding[] {
  const events = decodeWhole(subject, recording);
  const frames = events && encodeWhole(subject, recording, events);
  const { decodeStream } = subject.dialect;
  if (events === undefined || frames === undefined || decodeStream === undefined) return [];
  const again = runStream(decodeStream, [frames], replyContexts(subject, recording).decode).items;
  return [
    expectSame('decodeStream(encodeStream(events)) equals events', events, again),
    expectSame('the folded reply survives encodeStream and decodeStream', fold(events), fold(again)),
  ];
}

function fold(events: CanonicalEvent[]): unknown {
  const folder = createFolder();
  for (const event of events) folder.add(event);
  return folder.result();
}

/** An error keeps its kind and its message; each dialect has its own statuses and words for the rest. */
function roundTripError(subject: Subject, recording: Recording): Finding[] {
  const { decodeError, encodeError } = subject.dialect;
  const response = wireResponse(recording);
  if (response === undefined || decodeError === undefined) return [];
  const context = contextOf(subject, recording);
  const error = decodeError(response, context).output;
  const findings: Finding[] = [];
  if (recording.error !== undefined) {
    const picked = Object.keys(recording.error).map((key) => [key, error[key as keyof UpstreamError]]);
    findings.push(
      expectSame('decodeError reads what is expected', recording.error, Object.fromEntries(picked)),
    );
  }
  if (encodeError === undefined) return findings;
  const encoded = encodeError(error, context).output;
  const again = decodeError(
    { status: encoded.status, headers: encoded.headers ?? {}, body: encoded.body },
    context,
  );
  const essence = ({ kind, message }: UpstreamError): object => ({ kind, message });
  findings.push(expectSame('an error keeps its kind and message', essence(error), essence(again.output)));
  return findings;
}
