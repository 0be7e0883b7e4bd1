import { join } from 'node:path';
import { type Json, type JsonObject, TranslateError } from '@dragoman/plugin-sdk';
import {
  checkGrammar,
  copyJson,
  freezeDeep,
  loadFixtures,
  runStream,
  seededRandom,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import plugin from '../../../plugins/openai/src/index.ts';
import { makeContext } from './context.ts';

const dialect = plugin.dialects['openai-chat'];
const context = makeContext();
const folder = join(import.meta.dirname, '..', '..', '..', 'plugins', 'openai', 'fixtures');
const fixtures = loadFixtures(folder, 'openai-chat').filter(({ operation }) => operation !== 'embed');
const random = seededRandom(1);
const rounds = process.env.DRAGOMAN_LONG ? 20_000 : 1_000;

/** Values that stand where something else is expected. */
const strangers: Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'x',
  [],
  {},
  ['a'],
  [null],
  [{}],
  { name: 'n' },
  [[]],
  { type: 'text' },
];

function pick<Item>(list: readonly Item[]): Item {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('the list is empty');
  return item;
}

/** The value with one to three places changed, added or taken away. */
function mutate<Value>(original: Value): Value {
  const value = copyJson(original);
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const owners = collect(value as Json, []);
    if (owners.length === 0) break;
    const owner = pick(owners) as JsonObject;
    const key = pick([...Object.keys(owner), 'content']);
    if (random() < 0.2 && !Array.isArray(owner)) delete owner[key];
    else if (key in owner || !Array.isArray(owner)) owner[key] = copyJson(pick(strangers));
  }
  return freezeDeep(value);
}

function collect(value: Json | undefined, found: object[]): object[] {
  if (typeof value !== 'object' || value === null) return found;
  found.push(value);
  for (const inner of Object.values(value)) collect(inner, found);
  return found;
}

/** What is thrown must be a refusal: anything else is a fault of the translator. */
function survives(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (thrown) {
    if (thrown instanceof TranslateError) return true;
    throw thrown;
  }
}

/** As another dialect would have given it. */
function asForeign<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (key, inner) => (key === 'extensions' ? undefined : inner));
}

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
