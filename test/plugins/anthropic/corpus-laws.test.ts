import { isDeepStrictEqual } from 'node:util';
import { type CanonicalEvent, checkGrammar, type Frame, foldEvents, type Json } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../plugins/anthropic/src/decode-request.ts';
import { decodeResponse } from '../../../plugins/anthropic/src/decode-response.ts';
import { decodeStream } from '../../../plugins/anthropic/src/decode-stream.ts';
import { encodeRequest } from '../../../plugins/anthropic/src/encode-request.ts';
import { encodeResponse } from '../../../plugins/anthropic/src/encode-response.ts';
import { encodeStream } from '../../../plugins/anthropic/src/encode-stream.ts';
import { normalise } from '../../../plugins/anthropic/src/normalise.ts';
import { contextFor } from './context.ts';
import { loadRecordings, noCorpus } from './recordings.ts';
import { oneByOne, runStream } from './run.ts';

const recordings = loadRecordings('anthropic', 'anthropic-count-tokens');
const context = contextFor('claude-sonnet-4-5', { client: { dialect: 'anthropic-messages' } });

function json<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

/** Assignments to what a translator was given throw in strict mode. */
function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}

/** The recordings for which the claim does not hold: a plain list reads better than thousands of assertions. */
function failing<Item extends { name: string }>(items: Item[], claim: (item: Item) => boolean): string[] {
  return items.filter((item) => !claim(item)).map((item) => item.name);
}

const requests = recordings.filter((recording) => recording.request !== undefined);
const replies = recordings.filter(
  (recording) =>
    recording.body !== undefined && recording.status === 200 && !recording.path.endsWith('count_tokens'),
);
const streams = recordings
  .filter((recording) => recording.frames !== undefined)
  .map((recording) => ({ name: recording.name, frames: recording.frames ?? [] }));

function roundTripRequest(body: Json): Json {
  const own = contextFor((body as { model: string }).model, { client: { dialect: 'anthropic-messages' } });
  const decoded = decodeRequest(freeze({ path: {}, query: {}, headers: {}, body }), own);
  return json(encodeRequest(freeze(json(decoded.output)), own).output.body);
}

t.test('a request comes back as it was', { skip: noCorpus }, (t) => {
  t.ok(requests.length > 50, 'there are recordings to hold it to');
  t.strictSame(
    failing(requests, ({ request = null }) =>
      isDeepStrictEqual(roundTripRequest(request), normalise.normaliseRequest(request)),
    ),
    [],
  );
  t.end();
});

t.test('a request of this dialect loses nothing', { skip: noCorpus }, (t) => {
  t.strictSame(
    failing(requests, ({ request = null }) => {
      const decoded = decodeRequest({ path: {}, query: {}, headers: {}, body: request }, context);
      return encodeRequest(decoded.output, context).warnings === undefined;
    }),
    [],
  );
  t.end();
});

t.test('normalising twice is normalising once', { skip: noCorpus }, (t) => {
  t.strictSame(
    failing(recordings, ({ request = null, body = null }) => {
      const once = [normalise.normaliseRequest(request), normalise.normaliseResponse(body)];
      const twice = [
        normalise.normaliseRequest(once[0] ?? null),
        normalise.normaliseResponse(once[1] ?? null),
      ];
      return isDeepStrictEqual(once, twice);
    }),
    [],
  );
  t.end();
});

t.test('a reply comes back as it was', { skip: noCorpus }, (t) => {
  t.ok(replies.length > 50, 'there are recordings to hold it to');
  t.strictSame(
    failing(replies, ({ body = null }) => {
      const decoded = decodeResponse(freeze({ status: 200, headers: {}, body }), context).output;
      const encoded = encodeResponse(freeze(json(decoded)), context).output;
      return isDeepStrictEqual(json(encoded), normalise.normaliseResponse(body));
    }),
    [],
  );
  t.end();
});

/** Tool input is text the model wrote; in a whole reply it has been parsed and written again. */
function compactInputs(response: ReturnType<typeof foldEvents>): ReturnType<typeof foldEvents> {
  const copy = json(response);
  for (const part of copy.parts) {
    if (part.type === 'tool-call') part.input = JSON.stringify(JSON.parse(part.input));
  }
  return copy;
}

t.test('a stream', { skip: noCorpus }, (t) => {
  t.ok(streams.length > 20, 'there are recordings to hold it to');
  const decoded = streams.map(({ name, frames }) => ({
    name,
    frames,
    events: runStream(decodeStream, oneByOne(freeze(frames)), context),
  }));

  t.test('follows the grammar and ends well', (t) => {
    t.strictSame(
      failing(
        decoded,
        ({ events }) => checkGrammar(events).length === 0 && events.at(-1)?.type === 'response-end',
      ),
      [],
    );
    t.end();
  });

  t.test('does not depend on how its frames were batched', (t) => {
    t.strictSame(
      failing(decoded, ({ frames, events }) => {
        const batches = [[frames], halves(frames), chunks(frames, 7)];
        return batches.every((batch) => isDeepStrictEqual(runStream(decodeStream, batch, context), events));
      }),
      [],
    );
    t.end();
  });

  t.test('says the same after encoding and decoding again', (t) => {
    t.strictSame(
      failing(decoded, ({ events }) => {
        const frames = runStream(encodeStream, oneByOne(freeze(events)), context);
        return isDeepStrictEqual(runStream(decodeStream, oneByOne(frames), context), events);
      }),
      [],
    );
    t.end();
  });

  t.test('is encoded alike however its events were batched', (t) => {
    t.strictSame(
      failing(decoded, ({ events }) => {
        const frames = runStream(encodeStream, oneByOne(events), context);
        return [[events], chunks(events, 5)].every((batch) =>
          isDeepStrictEqual(runStream(encodeStream, batch, context), frames),
        );
      }),
      [],
    );
    t.end();
  });

  t.test('folds to what decoding the whole message gives', (t) => {
    t.strictSame(
      failing(decoded, ({ events }) => {
        const folded = foldEvents(events);
        const body = encodeResponse(freeze(folded), context).output;
        const again = decodeResponse({ status: 200, headers: {}, body }, context).output;
        return isDeepStrictEqual(json(again), compactInputs(folded));
      }),
      [],
    );
    t.end();
  });

  t.test('cut before its end gives one error and no success', (t) => {
    t.strictSame(
      failing(decoded, ({ frames }) => {
        const last = frames.findIndex((frame) => frame.event === 'message_stop');
        return cuts(last).every((at) => {
          const events = runStream(decodeStream, oneByOne(frames.slice(0, at)), context, 'cut');
          return events.at(-1)?.type === 'error' && checkGrammar(events).length === 0 && ends(events) === 1;
        });
      }),
      [],
    );
    t.end();
  });

  t.test('tells usage and end when only its marked frames are seen', (t) => {
    const marks = ['"message_start"', '"message_delta"', '"message_stop"', '"error"'];
    t.strictSame(
      failing(decoded, ({ frames, events }) => {
        const marked = frames.filter((frame) =>
          marks.some((mark) => JSON.stringify(frame.data).includes(mark)),
        );
        const seen = runStream(decodeStream, [marked], context);
        return isDeepStrictEqual(seen.filter(isUsageOrEnd), events.filter(isUsageOrEnd));
      }),
      [],
    );
    t.end();
  });
  t.end();
});

function isUsageOrEnd(event: CanonicalEvent): boolean {
  return event.type === 'usage' || event.type === 'response-end';
}

function ends(events: CanonicalEvent[]): number {
  return events.filter((event) => event.type === 'response-end' || event.type === 'error').length;
}

/** Every place of a short stream, some of a long one. */
function cuts(frames: number): number[] {
  const step = Math.max(1, Math.floor(frames / 25));
  const places: number[] = [];
  for (let at = 0; at <= frames; at += step) places.push(at);
  return places;
}

function halves(frames: Frame[]): Frame[][] {
  const middle = Math.floor(frames.length / 2);
  return [frames.slice(0, middle), [], frames.slice(middle)];
}

function chunks<Item>(items: Item[], size: number): Item[][] {
  const batches: Item[][] = [];
  for (let at = 0; at < items.length; at += size) batches.push(items.slice(at, at + size));
  return batches;
}
