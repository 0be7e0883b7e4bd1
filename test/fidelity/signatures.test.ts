import type { CanonicalResponse, JsonObject, Part } from '@dragoman/plugin-sdk';
import { copyJson } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { type BundledDialect, clients, contextOf, providers } from './dialects.ts';
import { ask, type Route, send, show } from './matrix/legs.ts';
import { nextTurns } from './matrix/next-turn.ts';
import { call, reply, request, tools } from './matrix/says.ts';

const families = [...new Set([...providers.map(({ family }) => family), 'xai', 'elsewhere'])];
const secret = 'c2VjcmV0LXNpZ25hdHVyZQ==';

/** Thoughts, words and a call, all signed by one maker. */
function signed(dialect: string, family: string): Part[] {
  const signature = { dialect, family, value: secret };
  return [
    { type: 'reasoning', text: 'thought', signature },
    { type: 'reasoning', text: '', redacted: true, signature },
    { type: 'text', text: 'words', signature },
    { ...call('call_0', 'probe_tool', 'Bern'), signature },
  ];
}

t.test('a signature is replayed to nobody but the family that issued it', async (t) => {
  const leaks: string[] = [];
  for (const provider of providers) {
    for (const family of families.filter((each) => each !== provider.family)) {
      const messages = [
        ...request({}).messages,
        { role: 'assistant' as const, parts: signed('elsewhere', family) },
        { role: 'tool' as const, parts: [{ type: 'tool-result' as const, callId: 'call_0', output: [] }] },
      ];
      const context = contextOf(provider, provider, provider);
      const sent = provider.dialect.encodeRequest?.(copyJson({ ...request({ tools }), messages }), context);
      if (JSON.stringify(sent?.output).includes(secret)) leaks.push(`${provider.id} gets one of ${family}`);
      if (sent?.warnings === undefined) leaks.push(`${provider.id} says nothing of one of ${family}`);
    }
  }
  t.same(leaks, []);
});

/** Bedrock runs the models of others: what Claude signed it may have back. */
function makers({ family, model }: BundledDialect): string[] {
  return model?.id.includes('anthropic.claude') === true ? [family, 'anthropic'] : [family];
}

/** What another provider is sent when a client that was shown signed thoughts goes on there. */
function carriedTo(other: BundledDialect, route: Route, answer: CanonicalResponse): string {
  const { client } = route;
  const { again, wire: whole } = show(route, answer);
  const own = contextOf(client, client, client);
  const shown =
    route.stream && again !== undefined ? client.dialect.encodeResponse?.(again, own).output : whole;
  const { wire } = ask(client, request({ tools }));
  const body = copyJson(wire.body) as JsonObject;
  nextTurns[client.id]?.(body, copyJson(shown) as JsonObject, [
    { id: 'call_0', name: 'probe_tool', text: 'x' },
  ]);
  return JSON.stringify(send({ client, provider: other, stream: route.stream }, { ...wire, body }).body);
}

t.test('no client carries a signature from one family to another, whole or streamed', async (t) => {
  const leaks: string[] = [];
  let count = 0;
  for (const client of clients.filter(({ id }) => nextTurns[id] !== undefined)) {
    for (const provider of providers) {
      const answer = reply(signed(provider.id, provider.family), { finish: { reason: 'tool-calls' } });
      for (const other of providers.filter((each) => !makers(each).includes(provider.family))) {
        for (const stream of [false, true]) {
          count++;
          const body = carriedTo(other, { client, provider, stream }, answer);
          if (body.includes(secret)) leaks.push(`${client.id} from ${provider.id} to ${other.id}`);
        }
      }
    }
  }
  t.same(leaks, []);
  t.ok(count > 100);
});
