import t from 'tap';
import { startTestGateway, type TestGateway } from '../../helpers/gateway.ts';

async function refusal({ post }: TestGateway, model: string): Promise<string> {
  const response = await post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'hi' }] });
  const { error } = (await response.json()) as { error: { message: string } };
  return `${response.headers.get('x-dragoman-error')} ${error.message}`;
}

t.test('a model of a provider that is not on: the answer says how to turn it on', async (t) => {
  const gateway = await startTestGateway(t, null, {
    providers: { groq: { enabled: false }, broken: { use: 'no-such' } },
  });
  t.match(
    await refusal(gateway, 'openai/gpt-5'),
    /^GW_ROUTE_NO_MODEL .*: provider 'openai' is not on; list it under providers: of gateway\.yaml/,
  );
  t.match(await refusal(gateway, 'groq/any'), /provider 'groq' is not on; /);
  t.match(await refusal(gateway, 'broken/any'), /provider 'broken' is not on; .*'no-such'/);
});

t.test('a name nobody has: the nearest, or where to look', async (t) => {
  const gateway = await startTestGateway(t);
  t.match(await refusal(gateway, 'offline/chta'), /no chat model 'chta'/, 'the provider itself is asked');
  t.match(await refusal(gateway, 'ofline/chat'), /Did you mean 'offline\/chat'\?$/);
  t.match(await refusal(gateway, 'quux'), /GET \/v1\/models lists them$/);
  t.match(
    await refusal(gateway, 'offline/'),
    /^GW_ROUTE_NO_MODEL .*: provider 'offline' is on, and this is none of its models; /,
  );
});
