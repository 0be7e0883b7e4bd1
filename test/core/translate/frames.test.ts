import t from 'tap';
import { formatFrames, parseFrame } from '../../../core/translate/frames.ts';

const middle = { isFirst: false, isLast: false };

t.test('data that is not JSON stays text, whatever it looks like', async (t) => {
  t.same(parseFrame({ data: '{"a":1}' }), { data: { a: 1 } });
  t.same(parseFrame({ event: 'x', data: '[1]' }), { event: 'x', data: [1] });
  t.same(parseFrame({ data: '[DONE]' }), { data: '[DONE]' });
  t.same(parseFrame({ data: '{broken' }), { data: '{broken' });
  t.same(parseFrame({ data: '' }), { data: '' });
});

t.test('a frame brings no prototype along', async (t) => {
  for (const name of ['__proto__', '__\\u0070roto__', '\\u005f_proto__']) {
    const { data } = parseFrame({ data: `{"a":{"${name}":{"polluted":true}},"b":1}` });
    t.strictSame(JSON.stringify(data), '{"a":{},"b":1}', name);
  }
});

t.test('an event each, a line each', async (t) => {
  const frames = [{ event: 'e', data: { a: 'x\ny' } }, { data: '[DONE]' }];
  t.equal(formatFrames(frames, 'sse', middle), 'event: e\ndata: {"a":"x\\ny"}\n\ndata: [DONE]\n\n');
  t.equal(formatFrames([{ data: { a: 1 } }, { data: { b: 2 } }], 'ndjson', middle), '{"a":1}\n{"b":2}\n');
});

t.test('the elements of one array, however they are batched', async (t) => {
  const all = [{ data: { n: 1 } }, { data: { n: 2 } }, { data: { n: 3 } }];
  const whole = formatFrames(all, 'json-array', { isFirst: true, isLast: true });
  t.same(JSON.parse(whole), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  const pieces = [
    formatFrames(all.slice(0, 1), 'json-array', { isFirst: true, isLast: false }),
    formatFrames([], 'json-array', middle),
    formatFrames(all.slice(1), 'json-array', middle),
    formatFrames([], 'json-array', { isFirst: false, isLast: true }),
  ];
  t.equal(pieces.join(''), whole);
  t.equal(formatFrames([], 'json-array', { isFirst: true, isLast: true }), '[]');
});
