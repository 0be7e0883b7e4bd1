import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Log } from '../../../core/observe/log.ts';
import { checkpoint } from '../../../core/replies/checkpoint.ts';
import { createKeptReplies } from '../../../core/replies/kept-replies.ts';
import { type FindRow, followChain, type KeptRow } from '../../../core/replies/kept-row.ts';
import { ReplyMemory } from '../../../core/replies/reply-memory.ts';

const day = 86_400_000;
const limits = { retentionDays: 30, maxMb: 1 };

function row(id: string, fields: Partial<KeptRow> = {}): KeptRow {
  const reply = Buffer.from(JSON.stringify({ id }));
  return {
    id,
    owner: 'a',
    dialect: 'd',
    previous: null,
    provider: null,
    input: Buffer.from('1'),
    reply,
    ...fields,
  };
}

function quiet(): Log & { errors: string[] } {
  const errors: string[] = [];
  const ignore = (): void => {};
  return {
    errors,
    debugEnabled: false,
    error: (message) => void errors.push(message),
    warn: ignore,
    info: ignore,
    debug: ignore,
    log: ignore,
    flush: ignore,
    close: async () => {},
  };
}

const isThere = (find: FindRow, id: string): boolean => find('a', id) !== null;

t.test('a reply is found at once, and after it went to disk', async (t) => {
  const directory = t.testdir();
  const replies = createKeptReplies(directory, limits, quiet());
  t.notOk(isThere(await replies.open(), 'one'));
  t.same(readdirSync(directory), [], 'nothing is made before there is something to keep');
  replies.put(row('one', { previous: 'zero', provider: 'p' }));
  t.match((await replies.open())('a', 'one'), { previous: 'zero', provider: 'p' });
  await replies.close();
  t.equal(statSync(join(directory, 'replies.db')).mode & 0o777, 0o600);
  const again = createKeptReplies(directory, limits, quiet());
  const found = (await again.open())('a', 'one');
  t.match(found, { id: 'one', owner: 'a', dialect: 'd', previous: 'zero', provider: 'p' });
  t.equal(Buffer.from((found as KeptRow).reply).toString(), '{"id":"one"}');
  await again.close();
});

t.test('what is written by a process that is killed is there for the next', async (t) => {
  const directory = t.testdir();
  const replies = createKeptReplies(directory, limits, quiet());
  t.teardown(() => replies.close());
  replies.put(row('one'));
  await replies.remove('a', 'other');
  // The first one is still open, as after a crash: its log is there and its file is not tidied.
  const next = createKeptReplies(directory, limits, quiet());
  t.ok(isThere(await next.open(), 'one'));
  await next.close();
});

t.test('two keys may have one id, and neither sees the other', async (t) => {
  const replies = createKeptReplies(t.testdir(), limits, quiet());
  t.teardown(() => replies.close());
  replies.put(row('one'));
  t.equal((await replies.open())('b', 'one'), 'foreign', 'before it is on disk');
  replies.put(row('one', { owner: 'b', provider: 'q' }));
  t.equal(await replies.remove('c', 'one'), false);
  const find = await replies.open();
  t.match(find('a', 'one'), { provider: null });
  t.match(find('b', 'one'), { provider: 'q' });
  t.equal(find('c', 'one'), 'foreign');
  t.equal(await replies.remove('a', 'one'), true);
  t.equal((await replies.open())('a', 'one'), 'foreign');
});

t.test('what nobody uses goes after its time; a conversation that goes on stays whole', async (t) => {
  const directory = t.testdir();
  let now = 0;
  const open = () => createKeptReplies(directory, limits, quiet(), () => now);
  const first = open();
  first.put(row('old'));
  first.put(row('one'));
  await first.close();
  now = 20 * day;
  const second = open();
  second.put(row('two', { previous: 'one' }));
  await second.close();
  now = 40 * day;
  const third = open();
  const find = await third.open();
  t.notOk(isThere(find, 'old'));
  t.match(followChain(find, find('a', 'two') as KeptRow), { rows: [{ id: 'one' }, { id: 'two' }] });
  await third.close();
});

t.test('above the size the longest unused go, and their contents with them', async (t) => {
  const directory = t.testdir();
  let now = 0;
  const replies = createKeptReplies(directory, limits, quiet(), () => now);
  const big = Buffer.alloc(300_000, 'secret words ');
  for (let index = 0; index < 6; index++) {
    now = index;
    replies.put(row(`r${index}`, { input: big }));
    await replies.remove('a', 'none');
  }
  const find = await replies.open();
  t.same(
    [0, 1, 2, 3, 4, 5].map((index) => isThere(find, `r${index}`)),
    [false, false, false, true, true, true],
  );
  replies.put(row('huge', { input: Buffer.alloc(2_000_000) }));
  t.notOk(isThere(await replies.open(), 'huge'), 'one that alone is too large is not kept');
  for (const id of ['r3', 'r4', 'r5']) await replies.remove('a', id);
  await replies.close();
  const left = readFileSync(join(directory, 'replies.db'));
  t.notOk(left.includes('secret words'), 'what is deleted is not on disk');
});

t.test('what is written goes from the log into the file without the main thread', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'replies.db');
  const replies = createKeptReplies(directory, { retentionDays: 1, maxMb: 100 }, quiet());
  t.teardown(() => replies.close());
  replies.put(row('one', { input: Buffer.alloc(3_000_000, 'x') }));
  await replies.remove('a', 'none');
  t.ok(statSync(file).size < 100_000, 'still in the log');
  await checkpoint(file);
  t.ok(statSync(file).size > 3_000_000);
  t.ok(isThere(await replies.open(), 'one'));
  await t.rejects(checkpoint(join(directory, 'none', 'replies.db')));
});

t.test('a file that is no database is put aside', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'replies.db');
  writeFileSync(file, 'this is no database at all, however long one reads on in it'.repeat(20));
  const log = quiet();
  const replies = createKeptReplies(directory, limits, log);
  replies.put(row('one'));
  await replies.close();
  t.same(log.errors, ['kept replies cannot be read; the file was put aside']);
  t.ok(statSync(`${file}.broken`).size > 1000);
  const again = createKeptReplies(directory, limits, log);
  t.ok(isThere(await again.open(), 'one'));
  await again.close();
});

t.test('a disk that takes nothing is told of once, and never to the client', async (t) => {
  const directory = t.testdir({ file: '' });
  const log = quiet();
  const replies = createKeptReplies(join(directory, 'file', 'below'), limits, log);
  for (const id of ['one', 'two']) {
    replies.put(row(id));
    await replies.remove('a', 'none');
  }
  await replies.close();
  t.same(log.errors, ['replies could not be kept']);
});

t.test('a conversation is told from its first turn; a hole and a circle are known', async (t) => {
  const memory = new ReplyMemory(1e6);
  for (const [id, previous] of [
    ['a', null],
    ['b', 'a'],
    ['c', 'b'],
    ['x', 'gone'],
    ['y', 'z'],
    ['z', 'y'],
  ] as const) {
    memory.put(row(id, { previous }));
  }
  const find: FindRow = (_, id) => memory.get(id) ?? null;
  const chain = (id: string) => followChain(find, memory.get(id) as KeptRow);
  t.match(chain('c'), { rows: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
  t.match(chain('x'), { rows: null });
  t.match(chain('y'), { rows: null });
});

t.test("a connection's memory forgets its oldest", async (t) => {
  const memory = new ReplyMemory(1_000);
  const input = Buffer.alloc(200);
  for (const id of ['a', 'b', 'c', 'c']) memory.put(row(id, { input }));
  t.same(
    ['a', 'b', 'c'].map((id) => memory.get(id) !== undefined),
    [false, true, true],
  );
  memory.put(row('d', { input: Buffer.alloc(5_000) }));
  t.ok(memory.get('d'), 'but never what came last');
});
