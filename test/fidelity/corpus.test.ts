import { type Json, type JsonObject, TranslateError } from '@dragoman/plugin-sdk';
import {
  checkDialect,
  copyJson,
  formatFailures,
  type Recording,
  runStream,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { skipWithoutCorpus } from '../helpers/corpus.ts';
import { type BundledDialect, contextOf, dialects, providers } from './dialects.ts';
import { trafficOf } from './traffic.ts';
import { type Validity, validities } from './validity.ts';

const traffic = new Map(skipWithoutCorpus ? [] : dialects.map((dialect) => [dialect, trafficOf(dialect)]));

/** The complaints about one recording as `target` writes it. */
function findFaults(
  source: BundledDialect,
  target: BundledDialect,
  recording: Recording,
  valid: Validity,
): string[] {
  const { request, response, frames } = recording;
  const faults: string[] = [];
  const upstream = contextOf(target, source, target);
  const downstream = contextOf(source, target, source);
  const memo = source.dialect.encodeRequest === undefined ? undefined : memoOf(source, recording);
  if (
    request !== undefined &&
    source.dialect.decodeRequest &&
    target.dialect.encodeRequest &&
    valid.request
  ) {
    const decoded = source.dialect.decodeRequest(request, upstream).output;
    // The host puts earlier turns in their place; and who only loads a model asks nothing.
    const goesOn = decoded.previousResponseId !== undefined || 'conversation' in (request.body as JsonObject);
    if (goesOn || decoded.messages.length === 0) return [];
    faults.push(
      ...valid.request(copyJson(target.dialect.encodeRequest(decoded, upstream).output.body) as JsonObject),
    );
  }
  const reading = memo === undefined ? downstream : { ...downstream, memo };
  if (
    response?.status === 200 &&
    source.dialect.decodeResponse &&
    target.dialect.encodeResponse &&
    valid.reply
  ) {
    const { decodeResponse } = source.dialect;
    const decoded = unlessBrokenOff(() => decodeResponse({ headers: {}, ...response }, reading).output);
    if (decoded !== null)
      faults.push(...valid.reply(copyJson(target.dialect.encodeResponse(decoded, downstream).output)));
  }
  if (frames !== undefined && source.dialect.decodeStream && target.dialect.encodeStream && valid.stream) {
    const events = runStream(source.dialect.decodeStream, [frames], reading).items;
    faults.push(
      ...valid.stream(copyJson(runStream(target.dialect.encodeStream, [events], downstream).items)),
    );
  }
  return [...new Set(faults)].map((fault) => `${recording.name}: ${fault}`);
}

/** A reply the model broke off is read as the failure it is, and has no whole form in another dialect. */
function unlessBrokenOff<Reply>(decode: () => Reply): Reply | null {
  try {
    return decode();
  } catch (thrown) {
    if (thrown instanceof TranslateError && /^the model broke off its answer/.test(thrown.message))
      return null;
    throw thrown;
  }
}

/** What the request of a recording left for reading its own answer. */
function memoOf(source: BundledDialect, { request }: Recording): Json | undefined {
  const { decodeRequest, encodeRequest } = source.dialect;
  if (request === undefined || decodeRequest === undefined || encodeRequest === undefined) return undefined;
  const context = contextOf(source, source, source);
  return encodeRequest(decodeRequest(request, context).output, context).memo;
}

/** A refusal that says so is an answer too. */
function unlessRefused(check: () => string[]): string[] {
  try {
    return check();
  } catch (thrown) {
    if (thrown instanceof TranslateError && thrown.code === 'unsupported') return [];
    return [String(thrown)];
  }
}

for (const target of dialects) {
  const load = validities[target.id];
  if (load === undefined) continue;
  t.test(`what comes from any dialect is valid in ${target.id}`, { skip: skipWithoutCorpus }, (t) => {
    const valid = load();
    for (const [source, recordings] of traffic) {
      if (source.id === target.id) continue;
      const faults = recordings.flatMap((recording) =>
        unlessRefused(() => findFaults(source, target, recording, valid)),
      );
      t.strictSame(faults, [], `from ${source.id}`);
    }
    t.end();
  });
}

t.test('what comes from any dialect loses nothing unsaid in any other', { skip: skipWithoutCorpus }, (t) => {
  const others = dialects.map(({ id, dialect, family, options }) => ({ id, dialect, family, options }));
  let count = 0;
  for (const [source, recordings] of traffic) {
    const { id, dialect, family, options } = source;
    const results = checkDialect(dialect, {
      id,
      family,
      providerOptions: options,
      recordings,
      laws: ['loss-is-told'],
      // Both of Ollama's speak to one server, each to its own route.
      others: others.filter((other) => !(id === 'ollama-prompt' && other.id === 'ollama')),
    });
    count += results.length;
    t.equal(formatFailures(results), '', `from ${id}`);
  }
  t.ok(count > 3000 && providers.length > 4, 'there is traffic to hold them to');
  t.end();
});
