import {
  checkGrammar,
  freezeDeep,
  loadFixtures,
  runStream,
  seededRandom,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { responses as dialect } from '../../../../plugins/openai/src/responses/responses.ts';
import { fixturesOf } from '../../conformance.ts';
import { withoutOwn } from '../../foreign.ts';
import { createMutator, survives } from '../../mutations.ts';
import { makeContext } from './context.ts';
import { orderFaults } from './event-order.ts';

const own = makeContext({ client: { dialect: 'openai-responses' } });
const contexts = [makeContext(), own];
const fixtures = loadFixtures(fixturesOf('openai'), 'openai-responses');
const random = seededRandom(1);
const rounds = process.env.DRAGOMAN_LONG ? 20_000 : 1_000;

const { pick, mutate } = createMutator(random);
const asForeign = <Value>(value: Value): Value => withoutOwn(value, 'extensions');

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
