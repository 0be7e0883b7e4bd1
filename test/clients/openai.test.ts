import OpenAI from 'openai';
import t from 'tap';
import { startEvery } from '../helpers/every-provider.ts';
import { says } from '../helpers/replies/says.ts';
import { openaiChat } from './openai-chat.ts';
import { openaiResponses } from './openai-responses.ts';
import { checkClient } from './suite.ts';

await checkClient(t, openaiChat);
await checkClient(t, openaiResponses);

t.test('an answer of a shape is parsed whole, however the service splits it', async (t) => {
  const { upstream, url, key } = await startEvery(t);
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const schema = {
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
    additionalProperties: false,
  };
  const format = { type: 'json_schema' as const, name: 'place', strict: true, schema };
  for (const model of [
    'gemini/gemini-3-pro-preview',
    'anthropic/claude-sonnet-4-5',
    'openai-responses/gpt-5.4',
  ]) {
    upstream.answer(says({ thought: 'Hm', text: ['{"name":', '"Rome"}'] }));
    const reply = await openai.responses.parse({
      model,
      input: 'A place, as JSON',
      store: false,
      text: { format },
    });
    t.same(reply.output_parsed, { name: 'Rome' }, model);
  }
});
