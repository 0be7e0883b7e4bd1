import type { Json, Part } from '@dragoman/plugin-sdk';
import { contextOf } from '../dialects.ts';
import { type Route, show } from './legs.ts';
import { impossible, judge, type Outcome, worst } from './outcome.ts';
import { media, pdf, png, reply, request, schema, system, tools } from './says.ts';
import { signatures } from './signatures.ts';
import { asked, shown, streamedArguments, toolUse } from './steps.ts';

export type Feature = (route: Route) => Outcome;

/** Dialects that take one prompt and have no conversation. */
const promptOnly: Record<string, ReadonlySet<string>> = {
  'openai-completions': new Set(['text', 'stop reasons', 'usage', 'errors', 'abort']),
  'ollama-prompt': new Set([
    'text',
    'system',
    'image',
    'JSON schema',
    'reasoning',
    'stop reasons',
    'usage',
    'errors',
    'abort',
  ]),
};

function stopReasons(route: Route): Outcome {
  const reasons = ['stop', 'length', 'content-filter', 'refusal'] as const;
  const outcomes = reasons.map((reason): Outcome => {
    const { again, read, warnings } = show(
      route,
      reply([{ type: 'text', text: 'x' }], { finish: { reason } }),
    );
    const arrived = again === undefined || again.finish.reason === read.finish.reason;
    return judge(arrived, warnings, /^\/finish\/reason$/, `the reason ${reason}`);
  });
  return worst(outcomes);
}

function usage(route: Route): Outcome {
  const counts = { inputTokens: 5555, outputTokens: 777, cacheReadTokens: 3333, reasoningTokens: 222 };
  const { again, read, warnings, wire } = show(
    route,
    reply([{ type: 'text', text: 'x' }], { usage: counts }),
  );
  const { inputTokens, outputTokens } = read.usage;
  const arrived =
    again === undefined
      ? JSON.stringify(wire).includes(String(inputTokens))
      : again.usage.inputTokens === inputTokens && again.usage.outputTokens === outputTokens;
  return judge(arrived, warnings, /^\/usage/, 'usage');
}

function cache(route: Route): Outcome {
  const text: Part = { type: 'text', text: 'probe text' };
  const counts = { inputTokens: 5555, outputTokens: 777, cacheReadTokens: 3333 };
  const cached = request({ messages: [{ role: 'user', parts: [{ ...text, cache: {} }] }] });
  return worst([
    asked(route, cached, /\/cache$/, [], request({})),
    shown(route, reply([text], { usage: counts }), /^\/usage/, ['3333']),
  ]);
}

/** An error of a provider, whole or in the middle of a stream. */
export function errors(route: Route): Outcome {
  const { client, provider, stream } = route;
  const body: Json = { error: { message: 'probe error', type: 'x', code: 429 }, message: 'probe error' };
  const error = provider.dialect.decodeError?.(
    { status: 429, headers: {}, body },
    contextOf(provider, client, provider),
  ).output;
  if (error?.kind !== 'rate-limit') throw new Error(`${provider.id} reads a 429 as ${error?.kind}`);
  const context = contextOf(client, client, provider);
  const whole = client.dialect.encodeError?.(error, context).output;
  const input = { state: null, items: [{ type: 'error' as const, error }], end: 'complete' as const };
  const frames = client.dialect.encodeStream?.(input, context).output.items;
  const arrived = stream ? JSON.stringify(frames).includes('error') : whole?.status === 429;
  return judge(arrived, [], /./, 'an error');
}

const probes: Record<string, Feature> = {
  text: (route) =>
    worst([
      asked(route, request({}), /^\/messages/, ['probe text']),
      shown(route, reply([{ type: 'text', text: 'probe answer' }]), /^\/parts/, ['probe answer']),
    ]),
  system: (route) =>
    asked(route, request({ messages: [system, ...request({}).messages] }), /^\/messages/, ['probe system']),
  tools: (route) => toolUse(route, [['probe_tool', 'Bern']]),
  'parallel tools': (route) =>
    toolUse(route, [
      ['probe_tool', 'Bern'],
      ['other_tool', 'Rome'],
    ]),
  'streamed arguments': streamedArguments,
  'tool choice': (route) => {
    const choice = request({ tools, toolChoice: { type: 'tool', name: 'probe_tool' } });
    return asked(route, choice, /^\/toolChoice/, [], request({ tools }));
  },
  image: (route) => asked(route, request({}, [media('image/png', png)]), /^\/messages\/0\/parts\/1/, [png]),
  PDF: (route) =>
    asked(route, request({}, [media('application/pdf', pdf)]), /^\/messages\/0\/parts\/1/, [pdf]),
  'JSON schema': (route) =>
    asked(route, request({ output: { format: 'json', schema, name: 'probe', strict: true } }), /^\/output/, [
      'probeAnswer',
    ]),
  reasoning: (route) =>
    worst([
      asked(route, request({ reasoning: { effort: 'high' } }), /^\/reasoning/, [], request({})),
      shown(
        route,
        reply([
          { type: 'reasoning', text: 'probe thought' },
          { type: 'text', text: 'x' },
        ]),
        /^\/parts\/0$/,
        ['probe thought'],
      ),
    ]),
  'signatures over two turns': signatures,
  cache,
  'stop reasons': stopReasons,
  usage,
};

/** Every feature that needs no gateway, in the order of the table. */
export const features: Record<string, Feature> = Object.fromEntries(
  Object.entries(probes).map(([name, probe]) => [
    name,
    (route: Route): Outcome =>
      promptOnly[route.client.id]?.has(name) === false
        ? impossible('a prompt has no place for it')
        : probe(route),
  ]),
);
