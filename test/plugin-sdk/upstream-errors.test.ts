import { tellsOfLength } from '@dragoman/plugin-sdk';
import t from 'tap';

t.test('a conversation that is too long is known by the words of every service', async (t) => {
  for (const message of [
    'prompt is too long: 213462 tokens > 200000 maximum',
    'input length and `max_tokens` exceed context limit: 199886 + 8192 > 200000',
    "This model's maximum context length is 65536 tokens.",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    'Your input exceeds the context window of this model.',
    'The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).',
    'Input is too long for requested model.',
    'the request exceeds the available context size, try increasing it',
    'Prompt tokens (9) exceeds context size (8)',
    'Invalid request: Your request exceeded model token limit: 8192',
    'Please reduce the length of the messages or completion.',
    'Prompt exceeds max length',
    'Range of input length should be [1, 98304]',
    'Input length 131393 exceeds the maximum allowed input length of 131040 tokens.',
    'length of prompt_tokens (9999) must be less than max_seq_len (8192)',
    '`inputs` tokens + `max_new_tokens` must be <= 4097',
    'too many tokens: size limit exceeded by 1500 tokens.',
  ])
    t.ok(tellsOfLength(message), message);
  for (const message of [
    'max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens',
    'The maximum tokens you requested exceeds the model limit of 4096.',
    'string too long. Expected a string with maximum length 40, but got 52',
    'Rate limit reached for tokens per min (TPM): Limit 30000, Used 29000',
  ])
    t.notOk(tellsOfLength(message), message);
});
