import type { CanonicalRequest, Tool } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../run.ts';
import { contextFor } from './context.ts';
import { encode } from './run.ts';

const tool: Tool = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a city',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

t.test('reasoning', (t) => {
  const thinking = (request: Partial<CanonicalRequest>, model: string) => {
    const { body, warnings } = encode({ maxOutputTokens: 20_000, ...request }, contextFor(model));
    return [body.thinking, (body.output_config as { effort?: string } | undefined)?.effort, told(warnings)];
  };

  t.test('is an effort for adaptive models', (t) => {
    t.strictSame(thinking({ reasoning: { effort: 'medium' } }, 'claude-opus-4-8'), [
      { type: 'adaptive' },
      'medium',
      [],
    ]);
    t.strictSame(thinking({ reasoning: { effort: 'auto' } }, 'claude-opus-5'), [
      { type: 'adaptive' },
      undefined,
      [],
    ]);
    t.strictSame(thinking({ reasoning: { effort: 'minimal' } }, 'claude-sonnet-4-6'), [
      { type: 'adaptive' },
      'low',
      ['approximated /reasoning/effort'],
    ]);
    t.strictSame(thinking({ reasoning: { effort: 'xhigh' } }, 'claude-opus-4-6'), [
      { type: 'adaptive' },
      'max',
      ['approximated /reasoning/effort'],
    ]);
    t.strictSame(thinking({ reasoning: { budgetTokens: 8000 } }, 'claude-fable-5-1'), [
      { type: 'adaptive' },
      'medium',
      ['approximated /reasoning/budgetTokens'],
    ]);
    t.end();
  });

  t.test('stops where calls are answered that no thought of this service came before', (t) => {
    const asked = { type: 'tool-call', id: 'c', name: 'get_weather', kind: 'function', input: '{}' } as const;
    const signature = { dialect: 'anthropic-messages', family: 'anthropic', value: 'EqQB' };
    const answered = (thought: boolean): Partial<CanonicalRequest> => ({
      reasoning: { effort: 'low' },
      messages: [
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          parts: [...(thought ? [{ type: 'reasoning' as const, text: 'Hm', signature }] : []), asked],
        },
        {
          role: 'tool',
          parts: [{ type: 'tool-result', callId: 'c', output: [{ type: 'text', text: 'x' }] }],
        },
      ],
      tools: [tool],
    });
    const older = 'claude-sonnet-4-5';
    t.strictSame(thinking(answered(true), older)[0], { type: 'enabled', budget_tokens: 1024 });
    t.strictSame(thinking(answered(false), older), [undefined, undefined, ['approximated /reasoning']]);
    t.strictSame(
      thinking(answered(false), 'claude-opus-4-8')[0],
      { type: 'adaptive' },
      'newer ones think on',
    );
    t.end();
  });

  t.test('is a budget below the limit for older ones', (t) => {
    t.strictSame(thinking({ reasoning: { effort: 'medium' } }, 'claude-sonnet-4-5'), [
      { type: 'enabled', budget_tokens: 8192 },
      undefined,
      [],
    ]);
    t.strictSame(thinking({ reasoning: { effort: 'high' } }, 'claude-opus-4-5'), [
      { type: 'enabled', budget_tokens: 15_000 },
      'high',
      [],
    ]);
    t.strictSame(thinking({ reasoning: { budgetTokens: 30_000 } }, 'claude-sonnet-4-5'), [
      { type: 'enabled', budget_tokens: 19_999 },
      undefined,
      ['approximated /reasoning/budgetTokens'],
    ]);
    t.strictSame(thinking({ reasoning: { effort: 'high' }, maxOutputTokens: 1000 }, 'claude-sonnet-4-5'), [
      undefined,
      undefined,
      ['dropped /reasoning'],
    ]);
    t.end();
  });

  t.test('is dropped where the model has none', (t) => {
    t.strictSame(thinking({ reasoning: { effort: 'high' } }, 'claude-3-5-haiku-20241022'), [
      undefined,
      undefined,
      ['dropped /reasoning'],
    ]);
    t.end();
  });

  t.test('is switched off as each model allows', (t) => {
    const off = { reasoning: { effort: 'none' as const } };
    t.strictSame(thinking(off, 'claude-sonnet-4-5'), [{ type: 'disabled' }, undefined, []]);
    t.strictSame(thinking(off, 'claude-opus-4-8'), [undefined, undefined, []]);
    t.strictSame(thinking(off, 'claude-3-5-haiku-20241022'), [undefined, undefined, []]);
    t.strictSame(thinking(off, 'claude-opus-5'), [{ type: 'disabled' }, undefined, []]);
    t.strictSame(thinking(off, 'claude-sonnet-5-5'), [{ type: 'between_tools' }, undefined, []]);
    t.strictSame(thinking(off, 'claude-opus-5-5'), [undefined, 'low', ['approximated /reasoning/effort']]);
    t.end();
  });

  t.test('gives way to a tool that must be called', (t) => {
    const request = {
      reasoning: { effort: 'high' as const },
      tools: [tool],
      toolChoice: { type: 'required' as const },
    };
    t.strictSame(thinking(request, 'claude-sonnet-4-5'), [undefined, undefined, ['approximated /reasoning']]);
    t.end();
  });

  t.test('is shown as the client asks', (t) => {
    const shown = (visibility: 'hidden' | 'summary' | 'full') =>
      encode({ reasoning: { effort: 'high', visibility } }, contextFor('claude-opus-5')).body.thinking;
    t.strictSame(shown('hidden'), { type: 'adaptive', display: 'omitted' });
    t.strictSame(shown('summary'), { type: 'adaptive', display: 'summarized' });
    t.strictSame(shown('full'), { type: 'adaptive', display: 'summarized' });
    t.end();
  });
  t.end();
});

t.test('structured output', (t) => {
  const schema = {
    type: 'object',
    properties: { age: { type: 'integer', minimum: 0 }, tags: { type: 'array', items: { type: 'object' } } },
  };
  const output = { format: 'json' as const, schema, name: 'person', strict: true };

  t.test('is a format, closed and without limits the decoder cannot hold', (t) => {
    const { body, warnings } = encode({ output });
    t.strictSame(body.output_config, {
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            age: { type: 'integer', description: '{minimum: 0}' },
            tags: { type: 'array', items: { type: 'object', additionalProperties: false } },
          },
          additionalProperties: false,
        },
      },
    });
    t.strictSame(told(warnings), ['approximated /output/schema']);
    t.end();
  });

  t.test('is a tool that must be called where the model has no format', (t) => {
    const { body, memo, warnings } = encode({ output }, contextFor('claude-3-7-sonnet-20250219'));
    t.strictSame(told(warnings), ['approximated /output']);
    t.match(body.tools, [{ name: 'json_answer', input_schema: schema }]);
    t.strictSame(body.tool_choice, { type: 'tool', name: 'json_answer' });
    t.strictSame(memo, { answerTool: 'json_answer' });
    t.end();
  });

  t.test('beside tools, without a format, is asked for in the system text', (t) => {
    const { body, warnings } = encode({ output, tools: [tool] }, contextFor('claude-3-7-sonnet-20250219'));
    t.match(body.system, [{ type: 'text', text: /JSON/ }]);
    t.equal((body.tools as unknown[]).length, 1);
    t.strictSame(told(warnings), ['approximated /output']);
    t.end();
  });

  t.test('without a schema is asked for in the system text', (t) => {
    const { body, warnings } = encode({ output: { format: 'json' } });
    t.match(body.system, [{ type: 'text', text: /JSON/ }]);
    t.strictSame(told(warnings), ['approximated /output']);
    t.end();
  });
  t.end();
});
