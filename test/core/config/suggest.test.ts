import t from 'tap';
import { suggest } from '../../../core/config/suggest.ts';

t.test('suggests the name that differs least, whatever its case', async (t) => {
  const names = ['offline/chat', 'offline/reason', 'claude-sonnet-4-5', 'gpt-5'];
  t.equal(suggest('ofline/chat', names), 'offline/chat');
  t.equal(suggest('Claude-Sonnet-4.5', names), 'claude-sonnet-4-5');
  t.equal(suggest('gpt5', names), 'gpt-5');
});

t.test('suggests nothing when nothing is near, or the name is no name', async (t) => {
  t.equal(suggest('mistral-large', ['offline/chat', 'gpt-5']), undefined);
  t.equal(suggest('', ['a']), undefined);
  t.equal(suggest('x'.repeat(100_000), ['xxxxx']), undefined);
});
