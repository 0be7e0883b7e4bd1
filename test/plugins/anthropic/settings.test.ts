import type { CanonicalRequest, Tool } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeResponse } from '../../../plugins/anthropic/src/decode-response.ts';
import { told } from '../run.ts';
import { contextFor, makeContext } from './context.ts';
import { encode } from './run.ts';

const tool: Tool = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a city',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

t.test('the limit of the answer', (t) => {
  const limit = (maxOutputTokens?: number) => {
    const { model } = makeContext();
    const { maxOutputTokens: _, ...rest } = model;
    const known = maxOutputTokens === undefined ? rest : { ...rest, maxOutputTokens };
    return encode({}, makeContext({ model: known })).body.max_tokens;
  };
  t.equal(encode({ maxOutputTokens: 7 }).body.max_tokens, 7, 'is the client’s');
  t.equal(limit(8192), 8192, 'or the model’s');
  t.equal(limit(128_000), 32_000, 'up to a ceiling');
  t.equal(limit(), 4096, 'or small for a model nobody knows');
  t.end();
});

t.test('the model is the one the provider knows', (t) => {
  t.equal(encode({ model: 'fast' }, contextFor('claude-haiku-4-5')).body.model, 'claude-haiku-4-5');
  t.end();
});

t.test('temperature and top_p', (t) => {
  const sent = (request: Partial<CanonicalRequest>, model = 'claude-3-7-sonnet-20250219') => {
    const { body, warnings } = encode(request, contextFor(model));
    return [body.temperature, body.top_p, body.top_k, told(warnings)];
  };
  t.strictSame(sent({ temperature: 0.3, topP: 0.9, topK: 5 }), [0.3, 0.9, 5, []], 'are kept');
  t.strictSame(
    sent({ temperature: 1.4 }),
    [1, undefined, undefined, ['approximated /temperature']],
    'are clamped to 1',
  );
  t.strictSame(
    sent({ temperature: 0.3, topP: 0.9 }, 'claude-sonnet-4-5'),
    [0.3, undefined, undefined, ['dropped /topP']],
    'exclude each other from 4.1 on',
  );
  t.strictSame(
    sent({ temperature: 0.3, topP: 0.9, topK: 4 }, 'claude-opus-4-7'),
    [undefined, undefined, undefined, ['dropped /temperature', 'dropped /topP', 'dropped /topK']],
    'are refused by newer models',
  );
  t.strictSame(
    sent({ temperature: 1, topP: 1 }, 'claude-opus-5'),
    [undefined, undefined, undefined, []],
    'at 1 say nothing',
  );
  t.strictSame(
    sent({ temperature: 0.2, reasoning: { effort: 'low' } }),
    [undefined, undefined, undefined, ['dropped /temperature']],
    'are refused beside thinking',
  );
  t.end();
});

t.test('an upstream of the API of 2026-10-21 takes no sampling settings from any model', (t) => {
  const context = contextFor('claude-sonnet-4-5', { config: { version: '2026-10-21' } });
  const { body, warnings } = encode({ temperature: 0.5 }, context);
  t.equal(body.temperature, undefined);
  t.strictSame(told(warnings), ['dropped /temperature']);
  t.end();
});

t.test('tools', (t) => {
  t.test('are sent with their schema, and asked for strictness only when it is wanted', (t) => {
    const { body } = encode({
      tools: [
        { ...tool, strict: true, cache: {} },
        { ...tool, name: 'b', strict: false },
      ],
    });
    t.strictSame(body.tools, [
      {
        name: 'get_weather',
        description: 'Weather of a city',
        input_schema: { ...tool.inputSchema, additionalProperties: false },
        strict: true,
        cache_control: { type: 'ephemeral' },
      },
      { name: 'b', description: 'Weather of a city', input_schema: tool.inputSchema },
    ]);
    t.end();
  });

  t.test(
    'that are strict are closed, limits are told in words, and no more are strict than the service takes',
    (t) => {
      const limited: Tool = {
        ...tool,
        strict: true,
        inputSchema: {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          type: 'object',
          properties: {
            days: { type: 'integer', minimum: 1, format: 'int32' },
            at: { type: 'string', format: 'date' },
            format: { type: 'object', properties: {} },
          },
        },
      };
      const { body, warnings } = encode({ tools: [limited] });
      t.match(body.tools, [{ strict: true }]);
      t.strictSame((body.tools as { input_schema: unknown }[])[0]?.input_schema, {
        type: 'object',
        properties: {
          days: { type: 'integer', description: '{minimum: 1, format: "int32"}' },
          at: { type: 'string', format: 'date' },
          format: { type: 'object', properties: {}, additionalProperties: false },
        },
        additionalProperties: false,
      });
      t.strictSame(told(warnings), ['approximated /tools/0/inputSchema']);
      const older = encode({ tools: [{ ...tool, strict: true }] }, contextFor('claude-sonnet-4-20250514'));
      t.strictSame(older.body.tools, encode({ tools: [tool] }).body.tools);
      t.strictSame(told(older.warnings), ['dropped /tools/0/strict']);
      const many = Array.from(
        { length: 21 },
        (_, index): Tool => ({ ...tool, name: `f${index}`, strict: true }),
      );
      t.strictSame(told(encode({ tools: many }).warnings), ['dropped /tools/20/strict']);
      t.end();
    },
  );

  t.test('with alternatives at the root of the schema are flattened', (t) => {
    const inputSchema = {
      anyOf: [
        { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
        { type: 'object', properties: { b: { type: 'number' }, a: { type: 'number' } } },
      ],
    };
    const { body, warnings } = encode({ tools: [{ type: 'function', name: 'f', inputSchema }] });
    t.strictSame(body.tools, [
      {
        name: 'f',
        input_schema: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } } },
      },
    ]);
    t.strictSame(told(warnings), ['approximated /tools/0/inputSchema']);
    t.end();
  });

  t.test('with no schema at all get an empty object', (t) => {
    const { body, warnings } = encode({ tools: [{ type: 'function', name: 'f', inputSchema: {} }] });
    t.strictSame(body.tools, [{ name: 'f', input_schema: { type: 'object', properties: {} } }]);
    t.strictSame(warnings, []);
    t.end();
  });

  t.test('with names the service refuses are renamed, and get their names back', (t) => {
    const { body, memo } = encode({
      tools: [
        { ...tool, name: 'fs.read' },
        { ...tool, name: 'read', namespace: 'fs' },
        { ...tool, name: 'fs_read' },
        { ...tool, name: 'x'.repeat(200) },
      ],
      toolChoice: { type: 'tool', name: 'fs.read' },
    });
    const names = (body.tools as { name: string }[]).map(({ name }) => name);
    for (const name of names) t.match(name, /^[A-Za-z0-9_-]{1,128}$/);
    t.strictSame(names.slice(0, 2), ['fs_read', 'fs__read']);
    t.strictSame(body.tool_choice, { type: 'tool', name: 'fs_read' });
    const content = names.map((name, index) => ({ type: 'tool_use', id: `t${index}`, name, input: {} }));
    const reply = { id: 'm', type: 'message', role: 'assistant', model: 'm', content, usage: {} };
    const context = makeContext({ memo: memo ?? null });
    const { parts } = decodeResponse({ status: 200, headers: {}, body: reply }, context).output;
    t.match(parts.slice(0, 2), [{ name: 'fs.read' }, { name: 'read', namespace: 'fs' }]);
    t.match(parts.slice(2), [{ name: 'fs_read' }, { name: 'x'.repeat(200) }]);
    t.equal(new Set(names).size, 4);
    t.end();
  });

  t.test('of free text become functions with one string', (t) => {
    const { body, warnings, memo } = encode({
      tools: [{ type: 'custom', name: 'patch', description: 'Apply' }],
    });
    t.match(body.tools, [{ name: 'patch', input_schema: { required: ['input'] } }]);
    t.strictSame(told(warnings), ['approximated /tools/0']);
    t.strictSame(memo, { customTools: ['patch'] });
    t.end();
  });

  t.test('that search the web are the service’s own', (t) => {
    const { body, warnings } = encode({
      tools: [
        {
          type: 'web-search',
          maxUses: 3,
          domains: { allow: ['example.org'], block: ['example.com'] },
          location: { type: 'approximate', approximate: { city: 'Oslo' } },
        },
      ],
    });
    t.strictSame(body.tools, [
      {
        type: 'web_search_20250305',
        name: 'web_search',
        allowed_domains: ['example.org'],
        max_uses: 3,
        user_location: { type: 'approximate', city: 'Oslo' },
      },
    ]);
    t.strictSame(told(warnings), ['dropped /tools/0/domains/block']);
    t.end();
  });

  t.test('of another dialect alone are left out and said', (t) => {
    const { body, warnings } = encode({
      tools: [{ type: 'opaque', dialect: 'gemini', value: { urlContext: {} } }],
    });
    t.equal(body.tools, undefined);
    t.strictSame(told(warnings), ['unsupported /tools/0']);
    t.end();
  });
  t.end();
});

t.test('a choice of some tools is obeyed by offering no others', (t) => {
  const tools = [tool, { ...tool, name: 'a' }, { ...tool, name: 'b' }];
  const { body, warnings } = encode({ tools, toolChoice: { type: 'required', only: ['a', 'b'] } });
  t.match(body.tools, [{ name: 'a' }, { name: 'b' }]);
  t.strictSame(body.tool_choice, { type: 'any' });
  t.strictSame(told(warnings), ['approximated /tools/0']);
  t.end();
});

t.test('the choice of a tool', (t) => {
  const choice = (request: Partial<CanonicalRequest>, model = 'claude-sonnet-4-5') => {
    const { body, warnings } = encode({ tools: [tool], ...request }, contextFor(model));
    return [body.tool_choice, told(warnings)];
  };
  t.strictSame(choice({ toolChoice: { type: 'auto' } }), [{ type: 'auto' }, []]);
  t.strictSame(choice({ toolChoice: { type: 'required' } }), [{ type: 'any' }, []]);
  t.strictSame(
    choice({ toolChoice: { type: 'none' } }),
    [{ type: 'none' }, []],
    'none keeps tools from being called',
  );
  t.strictSame(choice({ toolChoice: { type: 'tool', name: 'get_weather' } }), [
    { type: 'tool', name: 'get_weather' },
    [],
  ]);
  t.strictSame(choice({ parallelToolCalls: false }), [{ type: 'auto', disable_parallel_tool_use: true }, []]);
  t.strictSame(choice({ toolChoice: { type: 'required' }, parallelToolCalls: false }), [
    { type: 'any', disable_parallel_tool_use: true },
    [],
  ]);
  t.strictSame(choice({ parallelToolCalls: true }), [undefined, []]);
  t.strictSame(choice({ toolChoice: { type: 'required', only: ['get_weather'] } }), [
    { type: 'tool', name: 'get_weather' },
    [],
  ]);
  t.strictSame(choice({ toolChoice: { type: 'auto', only: ['a', 'b'] } }), [
    { type: 'auto' },
    ['dropped /toolChoice/only'],
  ]);
  t.strictSame(choice({ toolChoice: { type: 'required', only: ['get_weather'] } }, 'claude-opus-5-5'), [
    { type: 'auto' },
    ['approximated /toolChoice'],
  ]);
  t.strictSame(
    choice({ toolChoice: { type: 'tool', name: 'get_weather' } }, 'claude-opus-5-5'),
    [{ type: 'auto' }, ['approximated /toolChoice']],
    'the newest models cannot be made to call one',
  );
  t.strictSame(
    encode({ toolChoice: { type: 'auto' } }).body.tool_choice,
    undefined,
    'is absent without tools',
  );
  t.end();
});

t.test('the end user and the service tier', (t) => {
  t.strictSame(encode({ endUser: 'u-1' }).body.metadata, { user_id: 'u-1' });
  for (const endUser of ['ada@example.org', '+44 20 7946 0958', 'x'.repeat(257)]) {
    const { body, warnings } = encode({ endUser });
    t.match(body.metadata, { user_id: /^user_[A-Za-z0-9]{24}$/ }, endUser);
    t.strictSame(told(warnings), ['approximated /endUser']);
  }
  t.strictSame(encode({ endUser: '1234567890' }).body.metadata, { user_id: '1234567890' });
  const tier = (serviceTier: string) => {
    const { body, warnings } = encode({ serviceTier });
    return [body.service_tier, told(warnings)];
  };
  t.strictSame(tier('auto'), ['auto', []]);
  t.strictSame(tier('default'), ['standard_only', []]);
  t.strictSame(tier('priority'), ['auto', ['approximated /serviceTier']]);
  t.strictSame(tier('flex'), [undefined, ['dropped /serviceTier']]);
  t.end();
});

t.test('stop sequences of white space are refused by the service, so they are left out and said', (t) => {
  const { body, warnings } = encode({ stop: ['END', '\n'] });
  t.strictSame(body.stop_sequences, ['END']);
  t.strictSame(told(warnings), ['dropped /stop/1']);
  t.end();
});
