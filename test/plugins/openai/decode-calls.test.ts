import { type CanonicalEvent, type Frame, foldEvents } from '@dragoman/plugin-sdk';
import t from 'tap';
import { types } from '../run.ts';
import { makeContext } from './context.ts';
import { chunk, done, events, finish } from './run.ts';

const last = (list: CanonicalEvent[]): CanonicalEvent | undefined => list.at(-1);
const callChunk = (call: object): Frame => chunk({ tool_calls: [{ ...call }] });

t.test('arguments of parallel calls arrive live, each call closed when the next begins', async (t) => {
  const list = events([
    callChunk({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
    callChunk({ index: 0, function: { arguments: '{"x":' } }),
    callChunk({ index: 0, function: { arguments: '1}' } }),
    callChunk({ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } }),
    finish('tool_calls'),
    done,
  ]);
  t.same(types(list), [
    'response-start',
    'part-start',
    'part-delta',
    'part-delta',
    'part-end',
    'part-start',
    'part-delta',
    'part-end',
    'response-end',
  ]);
  t.match(last(list), { finish: { reason: 'tool-calls' } });
});

t.test('calls whose arguments come by turns stay apart', async (t) => {
  const list = events([
    callChunk({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } }),
    callChunk({ index: 1, id: 'b', function: { name: 'g', arguments: '{"y":' } }),
    callChunk({ index: 0, function: { arguments: '"}"}' } }),
    callChunk({ index: 1, function: { arguments: '2}' } }),
    finish('tool_calls'),
    done,
  ]);
  t.match(foldEvents(list).parts, [
    { name: 'f', input: '{"x":"}"}' },
    { name: 'g', input: '{"y":2}' },
  ]);
});

t.test('calls are told apart however a service numbers them', async (t) => {
  const whole = (id: string, index?: number): object => ({
    ...(index === undefined ? {} : { index }),
    id,
    type: 'function',
    function: { name: 'f', arguments: `{"id":"${id}"}` },
  });
  const cases: Record<string, Frame[]> = {
    'in one chunk': [chunk({ tool_calls: [whole('a', 0) as never, whole('b', 1) as never] })],
    'all with index 0': [callChunk(whole('a', 0)), callChunk(whole('b', 0))],
    'without an index': [callChunk(whole('a')), callChunk(whole('b'))],
    'with the id in every chunk': [
      callChunk({ index: 0, id: 'a', function: { name: 'f', arguments: '{"id":' } }),
      callChunk({ index: 0, id: 'a', function: { name: 'f', arguments: '"a"}' } }),
      callChunk({ index: 1, id: 'b', function: { name: null, arguments: '' } }),
      callChunk({ index: 1, id: 'b', function: { name: 'f', arguments: '{"id":"b"}' } }),
    ],
    'with the name after the id': [
      callChunk({ index: 0, id: 'a' }),
      callChunk({ index: 0, function: { name: 'f' } }),
      callChunk({ index: 0, function: { arguments: '{"id":"a"}' } }),
      callChunk(whole('b', 1)),
    ],
    'with neither index nor id on later pieces': [
      callChunk({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }),
      callChunk({ function: { arguments: '{"id":' } }),
      callChunk({ function: { arguments: '"a"}' } }),
      callChunk({ index: 1, id: 'b', function: { name: 'f', arguments: '' } }),
      callChunk({ function: { arguments: '{"id":"b"}' } }),
    ],
  };
  for (const [name, frames] of Object.entries(cases)) {
    const { parts } = foldEvents(events([...frames, finish('tool_calls'), done]));
    t.match(
      parts,
      [
        { id: 'a', name: 'f', input: '{"id":"a"}' },
        { id: 'b', name: 'f', input: '{"id":"b"}' },
      ],
      name,
    );
    t.equal(parts.length, 2, name);
  }
});

t.test('a call without an id gets one that a repetition gets too', async (t) => {
  const frames = [
    callChunk({ index: 0, function: { name: 'f', arguments: '{}' } }),
    finish('tool_calls'),
    done,
  ];
  const [first] = foldEvents(events(frames)).parts;
  t.match(first, { id: /^call_\w{24}$/ });
  t.same(foldEvents(events(frames)).parts, [first]);
  t.notMatch(foldEvents(events(frames, makeContext({ requestId: 'other' }))).parts, [first]);
});

t.test('whole calls without any id are as many as came', async (t) => {
  const call = (id: string): object => ({ function: { name: 'f', arguments: `{"id":"${id}"}` } });
  const cases: Record<string, Frame[]> = {
    'without an index': [callChunk(call('a')), callChunk(call('b'))],
    'all with index 0': [callChunk({ index: 0, ...call('a') }), callChunk({ index: 0, ...call('b') })],
    'in one chunk': [chunk({ tool_calls: [call('a') as never, call('b') as never] })],
  };
  for (const [name, frames] of Object.entries(cases)) {
    const { parts } = foldEvents(events([...frames, finish('tool_calls'), done]));
    t.match(parts, [{ input: '{"id":"a"}' }, { input: '{"id":"b"}' }], name);
    t.equal(parts.length, 2, name);
  }
});

t.test('a call that never got a name is told with what came of it', async (t) => {
  const list = events([
    callChunk({ index: 0, id: 'a', function: { arguments: '{}' } }),
    finish('tool_calls'),
    done,
  ]);
  t.match(foldEvents(list).parts, [{ id: 'a', name: 'unknown', input: '{}' }]);
});
