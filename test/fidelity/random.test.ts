import {
  type CanonicalEvent,
  type CanonicalRequest,
  checkGrammar,
  createFolder,
  type Frame,
  type Json,
  type Part,
  type ToolCallPart,
  TranslateError,
  type Warning,
} from '@dragoman/plugin-sdk';
import { copyJson, runStream } from '@dragoman/plugin-sdk/testing';
import fc from 'fast-check';
import t from 'tap';
import { formatFrames, parseFrame } from '../../core/translate/frames.ts';
import { createFrameReader } from '../../core/upstream/framing.ts';
import { isTold, stranger } from './carry.ts';
import { type BundledDialect, clients, contextOf, dialects, providers } from './dialects.ts';
import { conversations, eventStreams } from './random.ts';

const isLong = process.env.DRAGOMAN_LONG === '1';
const streamed = clients.filter(({ dialect }) => dialect.decodeStream !== undefined);
/** All dialects together. */
const STREAMS = isLong ? 100_000 : 10_000;
const CONVERSATIONS = isLong ? 5_000 : 400;
const seed = Number(process.env.DRAGOMAN_SEED ?? (isLong ? Date.now() % 2 ** 31 : 20_261_126));
t.comment(`seed ${seed}: DRAGOMAN_SEED=${seed} tries the same again`);

/** What says that the answer is whole, in any dialect; in what the model says every quote has a backslash. */
const TERMINATOR =
  /data: \[DONE\]|[^\\]"(?:finish_reason|finishReason)":"|"message_stop"|[^\\]"done":true|"response\.(?:completed|incomplete|failed)"/;

/** Events as the client's bytes, read again as an upstream's, in pieces of any size. */
function throughWire(
  dialect: BundledDialect,
  events: CanonicalEvent[],
  cuts: number[],
  keep: number,
): { events: CanonicalEvent[]; isTold: boolean } {
  const { encodeStream, decodeStream } = dialect.dialect;
  if (encodeStream === undefined || decodeStream === undefined)
    throw new Error(`${dialect.id} has no streams`);
  const written = runStream(encodeStream, [events], contextOf(dialect, dialect, stranger)).items;
  const text = formatFrames(written, dialect.framing, { isFirst: true, isLast: true });
  const whole = Buffer.from(text);
  const bytes = whole.subarray(0, Math.ceil(whole.length * keep));
  const reader = createFrameReader(dialect.framing, { provider: 'random' });
  const batches: Frame[][] = [];
  let at = 0;
  for (const cut of cuts) {
    batches.push(reader.push(bytes.subarray(at, at + cut)).map(parseFrame));
    at += cut;
  }
  batches.push(reader.push(bytes.subarray(at)).map(parseFrame));
  let isWhole = keep === 1;
  try {
    batches.push(reader.end().map(parseFrame));
  } catch {
    isWhole = false;
  }
  const end = isWhole ? 'complete' : 'cut';
  const read = runStream(decodeStream, batches, contextOf(dialect, dialect, dialect), { end }).items;
  return { events: read, isTold: TERMINATOR.test(bytes.toString()) };
}

/** What everybody may rely on; `undefined` when all is well. */
function faultOf(events: CanonicalEvent[], isCut: boolean): string | undefined {
  const [fault] = checkGrammar(events);
  if (fault !== undefined) return fault.message;
  let last = -1;
  for (const event of events) {
    if (event.type !== 'part-start') continue;
    if (event.index <= last) return `part ${event.index} begins after ${last}`;
    last = event.index;
  }
  const terminal = events.filter(({ type }) => type === 'response-end' || type === 'error').length;
  if (terminal !== 1) return `${terminal} terminal events`;
  return isCut && events.at(-1)?.type === 'response-end' ? 'it was cut and looks like success' : undefined;
}

const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 8 });

for (const dialect of streamed) {
  const numRuns = Math.ceil(STREAMS / streamed.length);
  t.test(`${dialect.id}: ${numRuns} random streams, cut into random bytes`, (t) => {
    const property = fc.property(
      eventStreams,
      cuts,
      fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      fc.nat(3),
      fc.nat(streamed.length - 1),
      (events, pieces, keep, chance, next) => {
        // A stream that breaks off before its last word, in one of four.
        const isCut = chance === 0;
        const { events: read, isTold: isEnded } = throughWire(dialect, events, pieces, isCut ? keep : 1);
        const fault = faultOf(read, isCut && !isEnded);
        if (fault !== undefined) throw new Error(fault);
        if (!isCut) expectSame(dialect, events, read);
        toClient(dialect, streamed[next] ?? dialect, read);
      },
    );
    fc.assert(property, { numRuns, seed, endOnFailure: !isLong });
    t.pass(`seed ${seed}`);
    t.end();
  });
}

/** What came from one dialect goes on to a client of another: it fails where that failed, and says the same where it did not. */
function toClient(source: BundledDialect, client: BundledDialect, read: CanonicalEvent[]): void {
  const { encodeStream, decodeStream } = client.dialect;
  if (encodeStream === undefined || decodeStream === undefined) return;
  const written = runStream(encodeStream, [copyJson(read)], contextOf(client, client, source)).items;
  const again = runStream(decodeStream, [copyJson(written)], contextOf(client, client, client)).items;
  const isFailed = read.at(-1)?.type === 'error';
  const fault = faultOf(again, isFailed);
  if (fault !== undefined) throw new Error(`from ${source.id} to ${client.id}: ${fault}`);
  if (!isFailed) expectSame(client, read, again);
}

/** Text, thoughts and calls come through as they were, in order. */
function expectSame(dialect: BundledDialect, before: CanonicalEvent[], after: CanonicalEvent[]): void {
  // Most dialects have one text, in which parts that grow together are mixed.
  const isMixed = growsTogether(before);
  const [expected, got] = [essence(before, isMixed), essence(after, isMixed)];
  if (expected !== got) throw new Error(`${dialect.id}: expected ${expected}, got ${got}`);
}

function growsTogether(events: CanonicalEvent[]): boolean {
  let open = 0;
  return events.some(({ type }) => {
    if (type === 'part-start') open++;
    if (type === 'part-end') open--;
    return open > 1;
  });
}

function essence(events: CanonicalEvent[], isMixed: boolean): string {
  const folder = createFolder();
  for (const event of events) folder.add(event);
  const { response } = folder.result();
  const said = response.parts.map(wordsOf).join('');
  const calls = response.parts.filter((part) => part.type === 'tool-call' && part.kind !== 'hosted');
  const names = calls.map((part) => (part.type === 'tool-call' ? `${part.name} ${inputOf(part)}` : ''));
  return JSON.stringify({
    said: isMixed ? Array.from(said).sort().join('') : said,
    calls: isMixed ? names.sort() : names,
  });
}

/** Free text may come back as a function's one string; the memo of the request undoes that. */
function inputOf({ kind, input }: ToolCallPart): string {
  return JSON.stringify(kind === 'custom' ? { input } : JSON.parse(input || '{}'));
}

function wordsOf(part: Part): string {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text;
    case 'json':
      return JSON.stringify(part.value);
    default:
      return '';
  }
}

for (const target of providers) {
  t.test(`${target.id}: ${CONVERSATIONS} random conversations, from every dialect`, (t) => {
    const { encodeRequest, decodeRequest } = target.dialect;
    if (encodeRequest === undefined) throw new Error(`${target.id} writes no requests`);
    const property = fc.property(
      conversations,
      fc.constantFrom(...dialects.map(({ id }) => id)),
      (request, id) => {
        const source = dialects.find((each) => each.id === id) ?? target;
        const asked = throughClient(source, request);
        const context = contextOf(target, source, target);
        const { output, warnings = [] } = encodeRequest(copyJson(asked), context);
        if (decodeRequest === undefined) return;
        const { query = {}, headers = {}, body } = output;
        const wire = { path: { model: 'm1' }, query, headers, body: copyJson(body) as Json };
        const again = decodeRequest(wire, contextOf(target, target, target)).output;
        const lost = findMissing(asked, again, warnings);
        if (lost.length > 0) throw new Error(`from ${source.id}: ${lost.join(', ')}`);
      },
    );
    fc.assert(property, { numRuns: CONVERSATIONS, seed, endOnFailure: !isLong });
    t.pass(`seed ${seed}`);
    t.end();
  });
}

/** The conversation as a client of `source` would have sent it. */
function throughClient(source: BundledDialect, request: CanonicalRequest): CanonicalRequest {
  const { encodeRequest, decodeRequest } = source.dialect;
  if (encodeRequest === undefined || decodeRequest === undefined) return request;
  const context = contextOf(source, source, source);
  try {
    const { query = {}, headers = {}, body } = encodeRequest(copyJson(request), context).output;
    return decodeRequest({ path: { model: 'm1' }, query, headers, body: copyJson(body) }, context).output;
  } catch (thrown) {
    if (thrown instanceof TranslateError && thrown.code === 'unsupported') return request;
    throw thrown;
  }
}

/** Texts and calls of a conversation that neither arrive nor have a warning. */
function findMissing(before: CanonicalRequest, after: CanonicalRequest, warnings: Warning[]): string[] {
  const arrived = JSON.stringify(after.messages);
  const missing: string[] = [];
  for (const [at, { parts }] of before.messages.entries()) {
    for (const [index, part] of parts.entries()) {
      // Spaces at the end of a turn are taken off where the service refuses them.
      const needle = part.type === 'text' ? part.text.trim() : part.type === 'tool-call' ? part.name : '';
      const path = `/messages/${at}/parts/${index}`;
      if (needle === '' || isTold(path, warnings)) continue;
      if (!arrived.includes(JSON.stringify(needle).slice(1, -1))) missing.push(`${path} (${needle})`);
    }
  }
  return missing;
}
