import t from 'tap';
import { KeepingSink } from '../../../core/exchange/keeping-sink.ts';
import type { ReplySink } from '../../../core/exchange/reply-sink.ts';

const keep = { store: '/store', previous: '/previous', input: '/input', id: '/id' };

function whole(body: string): string[] {
  const kept: string[] = [];
  const client: ReplySink = {
    started: false,
    closed: false,
    stopped: null,
    onDrain: null,
    onStop: null,
    head() {},
    write: () => true,
    end() {},
    cut() {},
  };
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
