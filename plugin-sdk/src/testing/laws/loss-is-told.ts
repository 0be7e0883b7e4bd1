import type { CanonicalRequest, CanonicalResponse } from '../../canonical.ts';
import { foldEvents } from '../../fold.ts';
import { type TranslateContext, TranslateError, type Warning } from '../../translate.ts';
import type { EncodedRequest } from '../../wire.ts';
import { type Fact, requestFacts, responseFacts, survivors } from '../facts.ts';
import type { NamedDialect, Recording } from '../recording.ts';
import { runStream } from '../run.ts';
import type { Finding, Subject } from './law.ts';
import { contextOf, decodeWhole, isChat, isError, replyContexts, wireResponse } from './parts.ts';

/**
 * Law 8: what a client asked for and another dialect does not carry has a warning, and so has what a reply loses. The
 * request goes through every other dialect's `encodeRequest` and back through its `decodeRequest`; a reply through
 * `encodeResponse` and `decodeResponse`, a stream through `encodeStream` and `decodeStream`. Values that equal every service's own behaviour need no warning, and neither
 * do wire fields that only the first dialect understands (`extensions`).
 */
export function lossIsTold(subject: Subject, recording: Recording): Finding[] {
  if (!isChat(recording) || isError(recording)) return [];
  return subject.others
    .filter(({ id }) => id !== subject.id)
    .flatMap((other) => [
      ...requestLoss(subject, recording, other),
      ...responseLoss(subject, recording, other),
      ...streamLoss(subject, recording, other),
    ]);
}

function requestLoss(subject: Subject, recording: Recording, other: NamedDialect): Finding[] {
  const { decodeRequest } = subject.dialect;
  const { encodeRequest, decodeRequest: readBack } = other.dialect;
  const { request } = recording;
  if (request === undefined || !decodeRequest || !encodeRequest || !readBack) return [];
  const context = between(contextOf(subject, recording), subject, other);
  const before = unlessRefused(() => decodeRequest(request, context).output);
  if (before === undefined) return [];
  const message = `a request from ${subject.id} to ${other.id} loses nothing unsaid`;
  return tell(message, requestFacts(before), () => {
    const { output, warnings } = encodeRequest(before, context);
    const again = readBack(asClientRequest(output, before), { ...context, client: { dialect: other.id } });
    return { after: requestFacts(again.output), warnings: warnings ?? [] };
  });
}

/** A refusal tells everything there is to tell. */
function unlessRefused<Output>(translate: () => Output): Output | undefined {
  try {
    return translate();
  } catch (thrown) {
    if (thrown instanceof TranslateError && thrown.code === 'unsupported') return undefined;
    throw thrown;
  }
}

function responseLoss(subject: Subject, recording: Recording, other: NamedDialect): Finding[] {
  const { decodeResponse } = subject.dialect;
  const { encodeResponse, decodeResponse: readBack } = other.dialect;
  const response = wireResponse(recording);
  if (response === undefined || !decodeResponse || !encodeResponse || !readBack) return [];
  const { decode } = replyContexts(subject, recording);
  const before: CanonicalResponse = decodeResponse(response, decode).output;
  const context = between(contextOf(subject, recording), other, subject);
  const message = `a reply from ${subject.id} to ${other.id} loses nothing unsaid`;
  return tell(message, responseFacts(before), () => {
    const { output, warnings } = encodeResponse(before, context);
    const again = readBack({ status: 200, headers: {}, body: output }, context);
    return { after: responseFacts(again.output), warnings: warnings ?? [] };
  });
}

function streamLoss(subject: Subject, recording: Recording, other: NamedDialect): Finding[] {
  const { encodeStream, decodeStream: readBack } = other.dialect;
  const events = decodeWhole(subject, recording);
  if (events === undefined || events.at(-1)?.type === 'error' || !encodeStream || !readBack) return [];
  const context = between(contextOf(subject, recording), other, subject);
  const message = `a stream from ${subject.id} to ${other.id} loses nothing unsaid`;
  return tell(message, responseFacts(foldEvents(events)), () => {
    const { items, warnings } = runStream(encodeStream, [events], context);
    return { after: responseFacts(foldEvents(runStream(readBack, [items], context).items)), warnings };
  });
}

function tell(
  message: string,
  before: Fact[],
  translate: () => { after: Fact[]; warnings: Warning[] },
): Finding[] {
  const translated = unlessRefused(translate);
  if (translated === undefined) return [{ ok: true, message }];
  const survives = survivors(translated.after);
  const lost = before.filter((fact) => !survives(fact));
  const told = before.filter((fact) => isTold(fact, translated.warnings));
  // Of things that are only counted nobody knows which is gone: as many must be told of as are missing.
  const count = (facts: Fact[], kind: string): number => facts.filter((fact) => fact.kind === kind).length;
  const unsaid = lost.filter((fact) =>
    fact.counted === true
      ? count(told, fact.kind) < count(lost, fact.kind)
      : !isTold(fact, translated.warnings),
  );
  if (unsaid.length === 0) return [{ ok: true, message }];
  return [
    { ok: false, message, diff: unsaid.map((fact) => `${fact.path}: ${fact.kind} is lost`).join('\n') },
  ];
}

/** A warning speaks for the field it names, for all below it, and for the field it stands in. */
function isTold(fact: Fact, warnings: Warning[]): boolean {
  return warnings.some(
    ({ path }) =>
      path === fact.path ||
      (path !== '' && (fact.path.startsWith(`${path}/`) || path.startsWith(`${fact.path}/`))),
  );
}

function between(
  context: TranslateContext,
  client: { id: string },
  provider: NamedDialect,
): TranslateContext {
  return {
    ...context,
    client: { dialect: client.id },
    provider: {
      id: 'test',
      family: provider.family ?? provider.id,
      dialect: provider.id,
      options: provider.options ?? {},
    },
  };
}

function asClientRequest(
  encoded: EncodedRequest,
  { model }: CanonicalRequest,
): Parameters<NonNullable<NamedDialect['dialect']['decodeRequest']>>[0] {
  return { path: { model }, query: encoded.query ?? {}, headers: encoded.headers ?? {}, body: encoded.body };
}
