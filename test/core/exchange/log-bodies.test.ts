import t from 'tap';
import { type LoggedLine, startTestGateway } from '../../helpers/gateway.ts';

const question = { model: 'offline/chat', messages: [{ role: 'user', content: 'a private question' }] };

function bodies(lines: readonly LoggedLine[]): string[] {
  return lines.filter(({ message }) => message.endsWith(' body')).map(({ fields }) => String(fields.body));
}

t.test('no line shows a body unless it is asked for', async (t) => {
  const { lines, post } = await startTestGateway(t);
  await (await post('/v1/chat/completions', question)).text();
  t.notMatch(JSON.stringify(lines), /private question/);
});

t.test('with observe.bodies the log shows what came and what went', async (t) => {
  const { lines, post, key } = await startTestGateway(t, null, { observe: { bodies: true } });
  const whole = await (await post('/v1/chat/completions', question)).text();
  t.same(bodies(lines), [JSON.stringify(question), whole]);

  lines.length = 0;
  const stream = await (await post('/v1/chat/completions', { ...question, stream: true })).text();
  t.match(stream, /data: \[DONE\]\n\n$/);
  t.equal(bodies(lines)[1], stream, 'the whole stream');

  lines.length = 0;
  const refusal = await (await post('/v1/chat/completions', { ...question, model: 'nobody/has-it' })).text();
  t.equal(bodies(lines)[1], refusal, 'an error too');
  t.notMatch(JSON.stringify(lines), key, 'but never a key');
});
