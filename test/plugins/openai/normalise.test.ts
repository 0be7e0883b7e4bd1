import t from 'tap';
import { normalise } from '../../../plugins/openai/src/normalise.ts';

t.test('a stream asks for its usage and keeps its other options', async (t) => {
  const body = { stream: true, stream_options: { include_obfuscation: false } };
  const once = normalise.normaliseRequest(body);
  t.same(once, { stream: true, stream_options: { include_obfuscation: false, include_usage: true } });
  t.same(normalise.normaliseRequest(once), once);
  t.same(body.stream_options, { include_obfuscation: false }, 'the body is as it was');
});

t.test('log probabilities have all their fields', async (t) => {
  const reply = (content: object[]) => ({ choices: [{ logprobs: { content } as never }] });
  const once = normalise.normaliseResponse(
    reply([{ token: 'a', logprob: -1, top_logprobs: [{ token: 'b', logprob: -2 }] }]),
  );
  t.same(once, {
    choices: [
      {
        logprobs: {
          refusal: null,
          content: [
            {
              token: 'a',
              logprob: -1,
              bytes: null,
              top_logprobs: [{ token: 'b', logprob: -2, bytes: null }],
            },
          ],
        },
      },
    ],
  });
  t.same(normalise.normaliseResponse(once), once);
});

t.test('anything else is left alone', async (t) => {
  for (const body of [
    null,
    'text',
    { stream: false },
    { choices: 'odd' },
    { choices: [null, { logprobs: null }] },
  ]) {
    t.same(normalise.normaliseRequest(body), body);
    t.same(normalise.normaliseResponse(body), body);
  }
});
