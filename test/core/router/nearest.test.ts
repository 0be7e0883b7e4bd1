import t from 'tap';
import { nearest } from '../../../core/router/nearest.ts';

t.test('suggests the name that differs least, whatever its case', async (t) => {
  const names = ['offline/chat', 'offline/reason', 'claude-sonnet-4-5', 'gpt-5'];
  t.equal(nearest('ofline/chat', names), 'offline/chat');
  t.equal(nearest('Claude-Sonnet-4.5', names), 'claude-sonnet-4-5');
  t.equal(nearest('gpt5', names), 'gpt-5');
});

t.test('suggests nothing when nothing is near, or the name is no name', async (t) => {
  t.equal(nearest('mistral-large', ['offline/chat', 'gpt-5']), undefined);
  t.equal(nearest('', ['a']), undefined);
  t.equal(nearest('x'.repeat(100_000), ['xxxxx']), undefined);
});
