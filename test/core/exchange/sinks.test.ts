import t from 'tap';
import { KeepingSink } from '../../../core/exchange/keeping-sink.ts';
import type { ReplySink } from '../../../core/exchange/reply-sink.ts';
import { StreamDelivery } from '../../../core/exchange/stream.ts';
import type { Tally } from '../../../core/exchange/tally.ts';

const keep = { store: '/store', previous: '/previous', input: '/input', id: '/id' };

function clientSink(head: () => void = () => {}): ReplySink {
  const rest = { onDrain: null, onStop: null, write: () => true, end() {}, cut() {} };
  return { started: false, closed: false, stopped: null, head, ...rest };
}

function whole(body: string): string[] {
  const kept: string[] = [];
  const client = clientSink();
  const sink = new KeepingSink(client, keep, 'sse', (id) => kept.push(id));
  sink.head(200, { 'content-length': String(body.length) });
  sink.end(body);
  return kept;
}

t.test('a reply is kept under its id; one whose id is no JSON reaches the client all the same', async (t) => {
  t.same(whole('{"id":"resp_1","output":[]}'), ['resp_1']);
  for (const body of ['{"id": nope}', '{"id": 7}', '{"id": ""}', '{"output":[]}', 'nothing']) {
    t.same(whole(body), [], body);
  }
});

t.test('a sink that cannot take a batch that came from a worker fails its own exchange alone', async (t) => {
  const client = clientSink(() => {
    throw new Error('Invalid character in header content');
  });
  const batch = Promise.resolve({ text: 'data: x' });
  const run = { push: () => batch, pushEvents: () => batch, fail: () => batch };
  const reader = { push: () => [{ data: 'x' }], end: () => [] };
  const failure = await new Promise((resolve) => {
    const tally = { warn() {}, used() {}, failed() {}, firstByte() {} } as unknown as Tally;
    const told = { headers: {}, tally, requestId: 'r', provider: 'p', settle: resolve };
    const delivery = new StreamDelivery(run, reader, { sink: client, ...told }, { resume() {}, abort() {} });
    delivery.data(Buffer.from('x'));
  });
  t.match(failure, { code: 'GW_INTERNAL', cause: { message: 'Invalid character in header content' } });
});
