import type { Json } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../plugins/anthropic/src/decode-request.ts';
import { decodeResponse } from '../../../plugins/anthropic/src/decode-response.ts';
import { decodeStream } from '../../../plugins/anthropic/src/decode-stream.ts';
import { encodeRequest } from '../../../plugins/anthropic/src/encode-request.ts';
import { encodeResponse } from '../../../plugins/anthropic/src/encode-response.ts';
import { encodeStream } from '../../../plugins/anthropic/src/encode-stream.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { faultsIn, withoutOwn } from '../foreign.ts';
import { oneByOne } from '../run.ts';
import { contextFor, makeContext } from './context.ts';
import { findOrderFaults, onlyCommonParts } from './foreign.ts';
import { loadSchema } from './official-schema.ts';
import { runStream } from './run.ts';

const recordings = exchanges('anthropic');
const context = makeContext();

t.test('the schemas can say no', { skip: skipWithoutCorpus }, (t) => {
  t.not(loadSchema('AnthropicMessageCreateParams')({ model: 'm' }).length, 0);
  t.not(loadSchema('AnthropicMessage')({ type: 'message' }).length, 0);
  t.not(loadSchema('AnthropicStreamEvent')({ type: 'message_begin' }).length, 0);
  t.end();
});

t.test(
  'requests made from other dialects are valid, for old models and new',
  { skip: skipWithoutCorpus },
  (t) => {
    const check = loadSchema('AnthropicMessageCreateParams');
    const requests = recordings.filter((recording) => recording.request !== undefined);
    t.ok(requests.length > 50);
    for (const model of [
      'claude-3-5-haiku-20241022',
      'claude-sonnet-4-5',
      'claude-opus-4-8',
      'claude-fable-5-1',
    ]) {
      const found = requests.flatMap(({ name, request }) => {
        if (request === undefined) return [];
        const decoded = decodeRequest(request, context).output;
        const foreign = onlyCommonParts(withoutOwn(decoded, 'extensions', 'raw'));
        const body = JSON.parse(JSON.stringify(encodeRequest(foreign, contextFor(model)).output.body));
        // The API of the schema has no sampling settings; that of the older models has.
        const { temperature, top_p, top_k, ...rest } = body;
        return { name, faults: [...check(rest), ...findOrderFaults(body.messages)] };
      });
      t.strictSame(faultsIn(found), [], model);
    }
    t.end();
  },
);

t.test('replies made from other dialects are valid messages', { skip: skipWithoutCorpus }, (t) => {
  const check = loadSchema('AnthropicMessage');
  const found = recordings.flatMap(({ name, response }) => {
    if (response?.status !== 200) return [];
    const decoded = decodeResponse({ headers: {}, ...response }, context).output;
    const foreign = withoutOwn(decoded, 'extensions', 'raw');
    foreign.parts = foreign.parts.filter((part) => part.type !== 'opaque' && !isHosted(part));
    const encoded: Json = JSON.parse(JSON.stringify(encodeResponse(foreign, context).output));
    return { name, faults: check(encoded) };
  });
  t.ok(found.length > 50);
  t.strictSame(faultsIn(found), []);
  t.end();
});

function isHosted(part: { type: string; kind?: string; hosted?: boolean }): boolean {
  return part.kind === 'hosted' || part.hosted === true;
}

t.test('streams made from other dialects are valid events', { skip: skipWithoutCorpus }, (t) => {
  const check = loadSchema('AnthropicStreamEvent');
  const streams = recordings.filter(({ frames }) => frames !== undefined);
  const found = streams.map(({ name, frames = [] }) => {
    const events = withoutOwn(runStream(decodeStream, [frames], context), 'extensions', 'raw').filter(
      (event) => event.type !== 'opaque',
    );
    const hidden = new Set<number>();
    for (const event of events) {
      if (event.type === 'part-start' && (isHosted(event.part) || event.part.type === 'tool-result')) {
        hidden.add(event.index);
      }
      if (event.type === 'part-start' && event.part.type === 'opaque') hidden.add(event.index);
    }
    const shown = events.filter((event) => !('index' in event && hidden.has(event.index)));
    const encoded = runStream(encodeStream, oneByOne(shown), context);
    return { name, faults: encoded.flatMap((frame) => check(frame.data)) };
  });
  t.ok(found.length > 20);
  t.strictSame(faultsIn(found), []);
  t.end();
});
