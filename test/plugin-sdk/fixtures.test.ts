import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';

const body = { model: 'm', prompt: 'Hi' };

t.test('fixtures of one dialect become recordings, in the order of their names', async (t) => {
  const directory = t.testdir({
    'b-stream.json': JSON.stringify({
      kind: 'stream',
      dialect: 'toy',
      note: 'n',
      request: { body },
      stream: [{ data: 1 }],
    }),
    'a-reply.json': JSON.stringify({
      kind: 'exchange',
      dialect: 'toy',
      note: 'n',
      operation: 'embed',
      response: { body: 2 },
    }),
    'c-error.json': JSON.stringify({
      kind: 'error',
      dialect: 'toy',
      note: 'n',
      response: { status: 429, body: 3 },
      error: { kind: 'rate-limit' },
    }),
    'd-other.json': JSON.stringify({ kind: 'request', dialect: 'other', note: 'n', request: { body } }),
    'README.md': 'not a fixture',
  });
  t.same(loadFixtures(directory, 'toy'), [
    { name: 'a-reply', operation: 'embed', response: { status: 200, body: 2 } },
    { name: 'b-stream', request: { path: {}, query: {}, headers: {}, body }, frames: [{ data: 1 }] },
    { name: 'c-error', response: { status: 429, body: 3 }, error: { kind: 'rate-limit' } },
  ]);
});

t.test('a file that is no fixture is named', async (t) => {
  const load = (fixture: object) => () =>
    loadFixtures(t.testdir({ 'x.json': JSON.stringify(fixture) }), 'toy');
  t.throws(
    load({ kind: 'film', dialect: 'toy' }),
    /x\.json: kind must be one of request, exchange, stream, error/,
  );
  t.throws(load({ kind: 'stream', dialect: 'toy' }), /needs 'stream'/);
  t.throws(load({ kind: 'request', request: { body } }), /'dialect' must say/);
});
