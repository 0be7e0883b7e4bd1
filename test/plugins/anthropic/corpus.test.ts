import { isDeepStrictEqual } from 'node:util';
import { type CanonicalEvent, foldEvents } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../plugins/anthropic/src/decode-request.ts';
import { decodeResponse } from '../../../plugins/anthropic/src/decode-response.ts';
import { decodeStream } from '../../../plugins/anthropic/src/decode-stream.ts';
import { encodeRequest } from '../../../plugins/anthropic/src/encode-request.ts';
import { encodeResponse } from '../../../plugins/anthropic/src/encode-response.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { oneByOne } from '../run.ts';
import { contextFor } from './context.ts';
import { runStream } from './run.ts';

const recordings = exchanges('anthropic', 'anthropic-count-tokens');
const context = contextFor('claude-sonnet-4-5', { client: { dialect: 'anthropic-messages' } });

function json<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

/** The recordings for which the claim does not hold: a plain list reads better than thousands of assertions. */
function failing<Item extends { name: string }>(items: Item[], claim: (item: Item) => boolean): string[] {
  return items.filter((item) => !claim(item)).map((item) => item.name);
}

const streams = recordings
  .filter((recording) => recording.frames !== undefined)
  .map((recording) => ({ name: recording.name, frames: recording.frames ?? [] }));

t.test('a request of this dialect loses nothing', { skip: skipWithoutCorpus }, (t) => {
  t.strictSame(
    failing(recordings, ({ request }) => {
      if (request === undefined) return true;
      const decoded = decodeRequest(request, context);
      return encodeRequest(decoded.output, context).warnings === undefined;
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

t.test('a stream', { skip: skipWithoutCorpus }, (t) => {
  t.ok(streams.length > 20, 'there are recordings to hold it to');
  const decoded = streams.map(({ name, frames }) => ({
    name,
    frames,
    events: runStream(decodeStream, oneByOne(frames), context),
  }));

  t.test('folds to what decoding the whole message gives', (t) => {
    t.strictSame(
      failing(decoded, ({ events }) => {
        const folded = foldEvents(events);
        const body = encodeResponse(folded, context).output;
        const again = decodeResponse({ status: 200, headers: {}, body }, context).output;
        return isDeepStrictEqual(json(again), compactInputs(folded));
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
