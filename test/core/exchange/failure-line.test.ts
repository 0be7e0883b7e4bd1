import t from 'tap';
import { startTestGateway } from '../../helpers/gateway.ts';

const body = { messages: [{ role: 'user', content: 'a private question' }] };

t.test('the line of a failed exchange says why, so that its operator need not guess', async (t) => {
  // Port 9 is "discard": nothing listens there.
  const { lines, post } = await startTestGateway(t, null, {
    providers: {
      nobody: { use: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', allowPrivate: true, retries: 0 },
    },
  });
  await post('/v1/chat/completions', { ...body, model: 'nobody/any' });
  t.match(lines.findLast(({ message }) => message === 'exchange')?.fields, {
    code: 'GW_UPSTREAM_CONNECT',
    reason: /^Cannot connect to provider 'nobody' at 127\.0\.0\.1:9: /,
  });
});

t.test('what a client did wrong stays between it and the gateway: it may quote the request', async (t) => {
  const { lines, post } = await startTestGateway(t);
  await post('/v1/chat/completions', { ...body, model: 'a private name' });
  const { fields } = lines.findLast(({ message }) => message === 'exchange') ?? {};
  t.equal(fields?.code, 'GW_ROUTE_NO_MODEL');
  t.equal(fields?.reason, undefined);
});
