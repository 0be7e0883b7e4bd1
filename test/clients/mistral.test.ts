import t from 'tap';
import { startEvery } from '../helpers/every-provider.ts';
import { mistralChat } from './mistral-chat.ts';
import { checkClient } from './suite.ts';

await checkClient(t, mistralChat);

t.test('which program asks is for the gateway alone', async (t) => {
  const { upstream, url, key } = await startEvery(t);
  const client = mistralChat({ url, key });
  for (const model of ['openai/gpt-4o', 'mistral/mistral-small-latest', 'anthropic/claude-sonnet-4-5']) {
    await client.ask({ model, stream: false, text: 'Hi' });
    t.match(upstream.requests.at(-1)?.headers['user-agent'], /^dragoman\//, model);
    t.equal(upstream.requests.at(-1)?.headers.cookie, undefined, 'nor its empty cookie');
  }
});
