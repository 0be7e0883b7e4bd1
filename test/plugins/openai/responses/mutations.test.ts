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
import { responses as dialect } from '../../../../plugins/openai/src/responses/responses.ts';
import { makeContext } from './context.ts';
import { orderFaults } from './event-order.ts';

const own = makeContext({ client: { dialect: 'openai-responses' } });
const contexts = [makeContext(), own];
const folder = join(import.meta.dirname, '..', '..', '..', '..', 'plugins', 'openai', 'fixtures');
const fixtures = loadFixtures(folder, 'openai-responses');
const random = seededRandom(1);
const rounds = process.env.DRAGOMAN_LONG ? 20_000 : 1_000;

/** Values that stand where something else is expected. */
const strangers: Json[] = [null, true, 0, -1, 1.5, '', 'x', [], {}, ['a'], [null], [{}], { type: 'message' }];

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
function survives(run: () => void): void {
  try {
    run();
  } catch (thrown) {
    if (!(thrown instanceof TranslateError)) throw thrown;
  }
}

/** As another dialect would have given it. */
function asForeign<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value), (key, inner) => (key === 'extensions' ? undefined : inner));
}

t.test('broken requests and replies are read or refused, and come back as they were', async (t) => {
  let tried = 0;
  const changed: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const { name, request, response } = pick(fixtures);
    const context = pick(contexts);
    if (request !== undefined) {
      const body = mutate(request.body);
      survives(() => {
        const decoded = dialect.decodeRequest({ path: {}, query: {}, headers: {}, body }, context).output;
        dialect.encodeRequest(freezeDeep(asForeign(decoded)), context);
        const model = { ...context.model, id: decoded.model };
        const again = dialect.encodeRequest(freezeDeep(decoded), { ...context, model }).output.body;
        changed.push(...differences(name, body, again));
        tried++;
      });
    }
    if (response === undefined) continue;
    const body = mutate(response.body);
    dialect.decodeError({ status: 400, headers: {}, body }, context);
    survives(() => {
      const decoded = dialect.decodeResponse({ status: 200, headers: {}, body }, context).output;
      dialect.encodeResponse(freezeDeep(asForeign(decoded)), context);
      const again = dialect.encodeResponse(freezeDeep(decoded), context).output;
      changed.push(...differences(name, body, again));
      tried++;
    });
  }
  t.ok(tried > rounds / 2, 'most broken bodies are read all the same');
  t.strictSame(changed.slice(0, 10), []);
});

/** One line for each place where a body came back otherwise. */
function differences(name: string, before: unknown, after: unknown, path = ''): string[] {
  if (Object.is(before, after)) return [];
  const isPair = typeof before === 'object' && typeof after === 'object' && before !== null && after !== null;
  if (!isPair || Array.isArray(before) !== Array.isArray(after))
    return [`${name}${path}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differences(name, (before as never)[key], (after as never)[key], `${path}/${key}`),
  );
}

t.test('broken streams keep to the grammar, end once, and are written in order', async (t) => {
  const streams = fixtures.flatMap(({ frames }) => (frames === undefined ? [] : [frames]));
  const faults: string[] = [];
  for (let round = 0; round < rounds / 4; round++) {
    const frames = pick(streams).map((frame) =>
      random() < 0.2 ? { ...frame, data: mutate(frame.data) } : frame,
    );
    const { items } = runStream(dialect.decodeStream, [frames], pick(contexts));
    for (const { message } of checkGrammar(items)) faults.push(message);
    const foreign = asForeign(items).filter(({ type }) => type !== 'opaque');
    const written = runStream(dialect.encodeStream, [foreign], contexts[0] ?? own).items;
    faults.push(...orderFaults(written));
    runStream(dialect.encodeStream, [items], own);
  }
  t.strictSame(faults.slice(0, 5), []);
});
