import type { CanonicalEvent } from '../../canonical.ts';
import type { Json } from '../../json.ts';
import type { StreamTranslator, TranslateContext } from '../../translate.ts';
import { sameJson } from '../compare.ts';
import { watchGlobals } from '../purity.ts';
import type { Recording } from '../recording.ts';
import { copyJson, freezeDeep, runStream } from '../run.ts';
import type { Finding, Subject } from './law.ts';
import {
  decodeWhole,
  functionsOf,
  isError,
  type JsonTranslator,
  replyContexts,
  wireResponse,
} from './parts.ts';

/** Law 5: inputs stay as they are (they are frozen), a second call gives the same, and nothing global is touched. */
export function pure(subject: Subject, recording: Recording): Finding[] {
  const { decode, encode } = replyContexts(subject, recording);
  const findings: Finding[] = [];
  const check = (
    name: string,
    call: JsonTranslator | undefined,
    input: unknown,
    context: TranslateContext,
  ): Json => {
    if (call === undefined || input === undefined || input === null) return null;
    const frozen = freezeDeep(copyJson(input)) as Json;
    const settled = freezeDeep(copyJson(context));
    const { output, finding } = callTwice(name, () => call(frozen, settled).output);
    findings.push(finding);
    return output;
  };
  const functions = functionsOf(subject.dialect, recording);
  const { decodeError, encodeError } = subject.dialect;
  const request = check('decodeRequest', functions.decodeRequest, recording.request, encode);
  check('encodeRequest', functions.encodeRequest, request, decode);
  if (isError(recording)) {
    const error = check(
      'decodeError',
      decodeError as JsonTranslator | undefined,
      wireResponse(recording),
      decode,
    );
    check('encodeError', encodeError as JsonTranslator | undefined, error, encode);
    return findings;
  }
  const response = check('decodeResponse', functions.decodeResponse, wireResponse(recording), decode);
  check('encodeResponse', functions.encodeResponse, response, encode);
  return findings.concat(pureStreams(subject, recording));
}

function pureStreams(subject: Subject, recording: Recording): Finding[] {
  const { decodeStream, encodeStream } = subject.dialect;
  const events = decodeWhole(subject, recording);
  if (events === undefined || decodeStream === undefined) return [];
  const { decode, encode } = replyContexts(subject, recording);
  const findings = [pureStream('decodeStream', decodeStream, recording.frames ?? [], decode)];
  if (encodeStream === undefined) return findings;
  return [...findings, pureStream<CanonicalEvent, unknown>('encodeStream', encodeStream, events, encode)];
}

/** A state may be changed by the call that is given it; items and context may not. */
function pureStream<In, Out>(
  name: string,
  translator: StreamTranslator<In, Out>,
  items: In[],
  context: TranslateContext,
): Finding {
  const frozen = freezeDeep(copyJson(items));
  const settled = freezeDeep(copyJson(context));
  const batches = frozen.map((item) => [item]);
  return callTwice(name, () => runStream(translator, batches, settled).items as Json).finding;
}

function callTwice(name: string, call: () => Json): { output: Json; finding: Finding } {
  const message = `${name} is pure`;
  try {
    const first = watchGlobals(call);
    // A result that shares objects with the input, or with the next result, may not be changed by its reader unnoticed.
    const kept = copyJson(first.value);
    const second = call();
    if (first.touched.length > 0)
      return { output: kept, finding: { ok: false, message, diff: `it uses ${first.touched.join(', ')}` } };
    if (!sameJson(kept, second))
      return { output: kept, finding: { ok: false, message, diff: 'a second call gave something else' } };
    return { output: kept, finding: { ok: true, message } };
  } catch (thrown) {
    return { output: null, finding: { ok: false, message, diff: String(thrown) } };
  }
}
