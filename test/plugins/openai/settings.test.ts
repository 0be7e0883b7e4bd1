import type { CanonicalRequest, FunctionTool, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import manifest from '../../../plugins/openai/plugin.json' with { type: 'json' };
import { forModel } from '../context.ts';
import { told } from '../run.ts';
import { makeContext, withOptions } from './context.ts';
import { again, decode, encode } from './run.ts';

const tool: FunctionTool = { type: 'function', name: 'f', inputSchema: { type: 'object', properties: {} } };
const options = manifest.providers[0]?.options ?? {};
const openai = (model: string) => forModel(model, withOptions(options));

t.test('values that equal the service’s own behaviour are no loss', async (t) => {
  const quiet: Partial<CanonicalRequest> = {
    candidates: 1,
    toolChoice: { type: 'auto' },
    parallelToolCalls: true,
    store: false,
    output: { format: 'text' },
    reasoning: { effort: 'auto' },
  };
  t.same(encode(quiet).warnings, []);
});

t.test('temperature and nucleus are both sent', async (t) => {
  t.match(encode({ temperature: 0.5, topP: 0.9 }).body, { temperature: 0.5, top_p: 0.9 });
});

t.test('what has no counterpart is told', async (t) => {
  const { warnings } = encode({
    topK: 5,
    previousResponseId: 'r',
    toolChoice: { type: 'required' },
    serviceTier: 'batch',
  });
  t.same(told(warnings).sort(), [
    'dropped /serviceTier',
    'dropped /toolChoice',
    'dropped /topK',
    'unsupported /previousResponseId',
  ]);
  t.equal(encode({ topK: 5 }, withOptions({ topK: true })).body.top_k, 5);
});

t.test('only four stop sequences are sent', async (t) => {
  const { body, warnings } = encode({ stop: ['a', 'b', 'c', 'd', 'e'] });
  t.same(body.stop, ['a', 'b', 'c', 'd']);
  t.same(told(warnings), ['dropped /stop/4']);
});

t.test(
  'an id of an end user longer than the service takes is sent as its digest, a client’s own as it came',
  async (t) => {
    const endUser = `user_${'0'.repeat(64)}_account__session_1`;
    const { body, warnings } = encode({ endUser });
    t.match(body.user, /^user_\w{24}$/);
    t.equal(encode({ endUser }).body.user, body.user);
    t.not(encode({ endUser: `${endUser}2` }).body.user, body.user);
    t.same(told(warnings), ['approximated /endUser']);
    t.equal(again({ user: endUser }).user, endUser);
  },
);

t.test('the limit, the end user and the tier have the names the service wants', async (t) => {
  const request: Partial<CanonicalRequest> = {
    maxOutputTokens: 5,
    endUser: 'u',
    serviceTier: 'standard_only',
  };
  t.match(encode(request).body, { max_completion_tokens: 5, user: 'u', service_tier: 'default' });
  const other = withOptions({ maxTokensField: 'max_tokens', endUserField: 'none' });
  t.match(encode(request, other).body, { max_tokens: 5, max_completion_tokens: undefined, user: undefined });
  t.same(told(encode(request, other).warnings), ['dropped /endUser']);
  t.equal(
    again({ max_completion_tokens: 5 }, other).max_tokens,
    5,
    'an option is stronger than the client’s spelling',
  );
});

t.test('a translated stream asks for its usage, unless the service refuses that', async (t) => {
  t.match(encode({ stream: true }).body, { stream: true, stream_options: { include_usage: true } });
  t.equal(encode({ stream: true }, withOptions({ streamUsage: false })).body.stream_options, undefined);
  const asked = { stream: true, stream_options: { include_obfuscation: false } };
  t.same(again(asked).stream_options, { include_obfuscation: false, include_usage: true });
});

t.test('a budget of tokens becomes an effort, and that is told', async (t) => {
  const steps: [number, string | undefined][] = [
    [0, 'none'],
    [512, 'minimal'],
    [1024, 'low'],
    [8192, 'medium'],
    [24576, 'high'],
    [31999, 'xhigh'],
  ];
  for (const [budgetTokens, effort] of steps) {
    t.equal(encode({ reasoning: { budgetTokens } }).body.reasoning_effort, effort, `${budgetTokens}`);
  }
  t.same(told(encode({ reasoning: { budgetTokens: 5000 } }).warnings), [
    'approximated /reasoning/budgetTokens',
  ]);
});

t.test('an effort the service does not take becomes the nearest, the weaker of two', async (t) => {
  const context = withOptions({ efforts: ['low', 'high'] });
  t.equal(encode({ reasoning: { effort: 'medium' } }, context).body.reasoning_effort, 'low');
  t.equal(encode({ reasoning: { effort: 'max' } }, context).body.reasoning_effort, 'high');
  t.same(told(encode({ reasoning: { effort: 'max' } }, context).warnings), [
    'approximated /reasoning/effort',
  ]);
});

t.test('services are told in their own way how much to reason', async (t) => {
  const ask = (setting: string, reasoning: CanonicalRequest['reasoning'] = { effort: 'high' }) =>
    encode({ reasoning }, withOptions({ reasoningSetting: setting, reasoningField: 'reasoning_content' }));
  t.same(ask('reasoning').body.reasoning, { effort: 'high' });
  t.same(ask('reasoning', { budgetTokens: 100 }).body.reasoning, { max_tokens: 100 });
  t.same(ask('thinking').body.thinking, { type: 'enabled' });
  t.same(told(ask('thinking').warnings), ['approximated /reasoning']);
  t.match(ask('enable_thinking', { budgetTokens: 100 }).body, {
    enable_thinking: true,
    thinking_budget: 100,
  });
  t.equal(ask('enable_thinking', { effort: 'none' }).body.enable_thinking, false);
  t.same(told(ask('none').warnings), ['dropped /reasoning']);
});

t.test('a model that does not reason is not asked to', async (t) => {
  const context = makeContext();
  context.model = { ...context.model, features: ['stream', 'tools'] };
  const { body, warnings } = encode({ reasoning: { effort: 'high' } }, context);
  t.equal(body.reasoning_effort, undefined);
  t.same(told(warnings), ['dropped /reasoning']);
  t.same(encode({ reasoning: { effort: 'none' } }, context).warnings, []);
});

t.test('sampling settings go only to models that take them', async (t) => {
  const request: Partial<CanonicalRequest> = { temperature: 0.2, topP: 1, stop: ['x'] };
  const never = encode(request, openai('o3'));
  t.match(never.body, { temperature: undefined, top_p: undefined, stop: undefined });
  t.same(told(never.warnings), ['dropped /temperature', 'dropped /stop']);
  t.equal(encode(request, openai('gpt-5.4')).body.temperature, 0.2, 'it does not reason unasked');
  const reasoning = { ...request, reasoning: { effort: 'low' as const } };
  t.equal(
    encode(reasoning, openai('gpt-5.4-2026-03-05')).body.temperature,
    undefined,
    'a dated id is the same model',
  );
  t.equal(encode(request, openai('gpt-6-luna')).body.temperature, undefined, 'it reasons unasked');
  t.equal(encode(request, openai('gpt-4.1')).body.temperature, 0.2);
});

t.test('tools go before reasoning where a model takes only one of them', async (t) => {
  const request: Partial<CanonicalRequest> = { tools: [tool], reasoning: { effort: 'high' } };
  const silent = encode(request, openai('gpt-5.4'));
  t.equal(silent.body.reasoning_effort, undefined);
  t.same(told(silent.warnings), ['approximated /reasoning']);
  t.equal(encode(request, openai('gpt-5.6-terra')).body.reasoning_effort, 'none');
  const unasked = encode({ tools: [tool], temperature: 0.2 }, openai('gpt-5.6-terra'));
  t.match(unasked.body, { reasoning_effort: 'none', temperature: 0.2 });
  t.same(unasked.warnings, []);
  t.equal(encode(request, openai('gpt-5')).body.reasoning_effort, 'high');
});

t.test('a model without tools on this wire is refused, so that another provider is tried', async (t) => {
  let thrown: unknown;
  try {
    encode({ tools: [tool] }, openai('gpt-6-astra'));
  } catch (error) {
    thrown = error;
  }
  t.match(thrown, { name: 'TranslateError', code: 'unsupported', path: '/tools' });
  t.ok(encode({}, openai('gpt-6-astra')).body);
});

t.test('requests of this dialect are the client’s own affair', async (t) => {
  const body = {
    temperature: 0.2,
    reasoning_effort: 'high',
    tools: [{ type: 'function', function: { name: 'f' } }],
  };
  t.match(again(body, openai('gpt-5.6-terra')), body);
});

t.test('a schema has a name the service takes; a service without schemas is asked for JSON', async (t) => {
  const output: CanonicalRequest['output'] = {
    format: 'json',
    schema: { type: 'object' },
    name: 'my answer',
  };
  t.match(encode({ output }).body.response_format, {
    json_schema: { name: 'my_answer', schema: { type: 'object' } },
  });
  const unnamed = encode({ output: { format: 'json', schema: {} } }).body.response_format;
  t.match(unnamed, { type: 'json_schema', json_schema: { name: 'answer' } });
  const weak = encode({ output }, withOptions({ jsonSchema: false }));
  t.same(weak.body.response_format, { type: 'json_object' });
  t.same(told(weak.warnings), ['approximated /output/schema']);
});

t.test('a service that refuses what it does not know gets no field of somebody else’s', async (t) => {
  const strict = withOptions({
    unknownFields: false,
    store: false,
    tiers: ['flex'],
    reasoningField: 'reasoning',
  });
  const echoed = {
    messages: [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'assistant',
        content: 'Yes',
        refusal: null,
        annotations: [],
        reasoning_content: 'Hm',
        mood: 'good',
      },
      { role: 'user', content: 'Go on' },
    ],
  };
  const { body, warnings } = encode(decode(echoed), strict);
  t.same((body.messages as JsonObject[])[1], { role: 'assistant', content: 'Yes', reasoning: 'Hm' });
  t.same(told(warnings), ['dropped /messages/1/mood']);
  const quiet = encode({ store: false, serviceTier: 'default' }, strict);
  t.same([quiet.body.store, quiet.body.service_tier, quiet.warnings], [undefined, undefined, []]);
  const lost = encode({ store: true, serviceTier: 'priority' }, strict);
  t.same(told(lost.warnings), ['dropped /serviceTier', 'dropped /store']);
  t.equal(encode({ serviceTier: 'flex' }, strict).body.service_tier, 'flex');
});

t.test('reasoning is switched off by the word the service has for it', async (t) => {
  const { body, warnings } = encode(
    { reasoning: { effort: 'none' } },
    withOptions({ reasoningOff: 'thinking', efforts: ['low', 'high', 'max'] }),
  );
  t.match(body, { thinking: { type: 'disabled' }, reasoning_effort: undefined });
  t.same(warnings, []);
});
