import {
  checkGrammar,
  freezeDeep,
  loadFixtures,
  runStream,
  seededRandom,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import plugin from '../../../plugins/openai/src/index.ts';
import { fixturesOf } from '../conformance.ts';
import { withoutOwn } from '../foreign.ts';
import { createMutator, survives } from '../mutations.ts';
import { makeContext } from './context.ts';

const dialect = plugin.dialects['openai-chat'];
const context = makeContext();
const fixtures = loadFixtures(fixturesOf('openai'), 'openai-chat').filter(
  ({ operation }) => operation !== 'embed',
);
const random = seededRandom(1);
const rounds = process.env.DRAGOMAN_LONG ? 20_000 : 1_000;

const { pick, mutate } = createMutator(random);
const asForeign = <Value>(value: Value): Value => withoutOwn(value, 'extensions');

t.test(
  'broken requests, replies and errors are read or refused, and never break the translator',
  async (t) => {
    let tried = 0;
    for (let round = 0; round < rounds; round++) {
      const { request, response } = pick(fixtures);
      if (request !== undefined) {
        const body = mutate(request.body);
        survives(() => {
          const decoded = dialect.decodeRequest({ path: {}, query: {}, headers: {}, body }, context).output;
          dialect.encodeRequest(freezeDeep(asForeign(decoded)), context);
          dialect.encodeRequest(freezeDeep(decoded), context);
          tried++;
        });
      }
      if (response === undefined) continue;
      const body = mutate(response.body);
      dialect.decodeError({ status: 400, headers: {}, body }, context);
      survives(() => {
        const decoded = dialect.decodeResponse({ status: 200, headers: {}, body }, context).output;
        dialect.encodeResponse(freezeDeep(asForeign(decoded)), context);
        dialect.encodeResponse(freezeDeep(decoded), context);
        tried++;
      });
    }
    t.ok(tried > rounds / 4, 'most broken bodies are read all the same');
  },
);

t.test('broken streams keep to the grammar and end once', async (t) => {
  const streams = fixtures.flatMap(({ frames }) => (frames === undefined ? [] : [frames]));
  const faults: string[] = [];
  for (let round = 0; round < rounds / 4; round++) {
    const frames = pick(streams).map((frame) =>
      random() < 0.3 ? { data: mutate(frame).data ?? null } : frame,
    );
    const { items } = runStream(dialect.decodeStream, [frames], context);
    for (const { message } of checkGrammar(items)) faults.push(message);
    const chunks = runStream(dialect.encodeStream, [items], context).items;
    const ends = chunks.filter(
      ({ data }) => data === '[DONE]' || (typeof data === 'object' && data !== null && 'error' in data),
    );
    if (ends.length !== 1) faults.push(`${ends.length} ends`);
  }
  t.strictSame(faults, []);
});
