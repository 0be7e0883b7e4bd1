import type { Message, Part } from '@dragoman/plugin-sdk';
import { copyJson } from '@dragoman/plugin-sdk/testing';
import { type BundledDialect, contextOf } from '../dialects.ts';
import { modelOf, type Route, show } from './legs.ts';
import { impossible, judge, type Outcome } from './outcome.ts';
import { call, reply, request, tools } from './says.ts';
import { nextTurn } from './steps.ts';

const signatureValue = (family: string): string =>
  family === 'openai' ? 'gAAAAprobe' : 'cHJvYmUtc2lnbmF0dXJl';

function signedParts(provider: BundledDialect, family: string): Part[] {
  const signature = { dialect: provider.id, family, value: signatureValue(family) };
  const thought: Part = { type: 'reasoning', text: 'probe thought', signature };
  return [
    thought,
    { ...call('call_0', 'probe_tool', 'Bern'), ...(family === 'google' ? { signature } : {}) },
  ];
}

/** Thoughts and calls that their maker signed go back to it with the next turn. */
export function signatures(route: Route): Outcome {
  const { client, provider } = route;
  let refusal = 'the service signs nothing';
  // A service may run the models of several makers: whose signatures does it take?
  const family = [...new Set([provider.family, 'anthropic', 'openai', 'google'])].find((maker) => {
    const parts = signedParts(provider, maker);
    const messages = [...request({}).messages, { role: 'assistant' as const, parts }, resultMessage];
    const context = contextOf(provider, client, provider, modelOf(provider));
    const own = provider.dialect.encodeRequest?.(copyJson({ ...request({ tools }), messages }), context);
    if (maker === provider.family)
      refusal = own?.warnings?.find(({ path }) => path.startsWith('/messages/1/parts/0'))?.message ?? refusal;
    return JSON.stringify(own?.output.body ?? null).includes(signatureValue(maker));
  });
  if (family === undefined) return impossible(refusal);
  const answer = reply(signedParts(provider, family), { finish: { reason: 'tool-calls' } });
  const { body, warnings } = nextTurn(route, answer);
  const told = [...show(route, answer).warnings, ...warnings];
  return judge(body.includes(signatureValue(family)), told, /parts\/\d+(\/signature)?$/, 'a signature');
}
const resultMessage: Message = {
  role: 'tool',
  parts: [{ type: 'tool-result', callId: 'call_0', output: [{ type: 'text', text: 'result' }] }],
};
