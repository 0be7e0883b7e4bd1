import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import {
  asked,
  chat,
  chatTool,
  chunk,
  claude,
  claudeEnd,
  claudeStart,
  claudeTool,
  gemini,
  geminiReply,
  responses,
  shown,
  streamed,
  text,
  tool,
  toolChunk,
} from './between.ts';

// What an earlier gateway, which translated pair by pair, got wrong: each test is one direction of it.

t.test('OpenAI chat up, Claude client: arguments are not held to the end of the stream', async (t) => {
  const after = streamed(chat, claude, [
    toolChunk(0, { id: 'c', type: 'function', function: { name: 'f', arguments: '' } }),
    toolChunk(0, { function: { arguments: '{"a":' } }),
    toolChunk(0, { function: { arguments: '1}' } }),
    chunk({}, 'tool_calls'),
    '[DONE]',
  ]);
  t.match(text(after[1]), /"partial_json":"\{\\"a\\":"/);
  t.notMatch(text(after[1]), /1\}/);
  t.match(text(after[2]), /"partial_json":"1\}"/);
});

t.test(
  'Claude up, OpenAI client: calls are numbered from 0, and name and arguments come apart',
  async (t) => {
    const after = streamed(claude, chat, [
      claudeStart,
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hm' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 'tu', name: 'f', input: {} },
      },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } },
      { type: 'content_block_stop', index: 1 },
      ...claudeEnd('tool_use'),
    ]);
    const calls = (after.at(-1) ?? []).flatMap(({ choices = [] }) =>
      (choices as JsonObject[]).flatMap(
        ({ delta }) => ((delta as JsonObject).tool_calls ?? []) as JsonObject[],
      ),
    );
    t.match(calls, [
      { index: 0, id: 'tu', function: { name: 'f', arguments: '' } },
      { index: 0, function: { arguments: '{"a":1}' } },
    ]);
    t.match(text(after[4]), /"name":"f"/);
    t.notMatch(text(after[4]), /\\"a\\"/);
  },
);

t.test(
  'Claude client, OpenAI up: documents, failures, one call at a time, top_p, no tools, hosted tools',
  async (t) => {
    const body = asked(claude, chat, {
      model: 'm',
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.5,
      tools: [claudeTool, { type: 'web_search_20250305', name: 'web_search' }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
            { type: 'text', text: 'Read' },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'tu', name: 'f', input: {} }] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'tu', content: 'no', is_error: true }],
        },
      ],
    });
    t.match(text(body.messages), /data:application\/pdf;base64,JVBERi0=/);
    t.match(text(body.messages), /Error: no/);
    t.match(body, { temperature: 0.5, top_p: 0.5, parallel_tool_calls: false });
    t.same(
      ((body.tools ?? []) as JsonObject[]).map(({ function: inner }) => (inner as JsonObject).name),
      ['f'],
    );
    const none = {
      model: 'm',
      max_tokens: 9,
      tools: [claudeTool],
      tool_choice: { type: 'none' },
      messages: [{ role: 'user', content: 'Hi' }],
    };
    t.equal(asked(claude, chat, none).tool_choice, 'none');
  },
);

t.test('OpenAI client, Claude up: no tools means none; temperature and response_format arrive', async (t) => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const messages = [{ role: 'user', content: 'Hi' }];
  const body = asked(chat, claude, {
    model: 'm',
    messages,
    tools: [chatTool],
    tool_choice: 'none',
    temperature: 0.25,
  });
  t.match(body, { tool_choice: { type: 'none' }, temperature: 0.25 });
  const format = { type: 'json_schema', json_schema: { name: 'x', schema } };
  t.match(text(asked(chat, claude, { model: 'm', messages, response_format: format })), /"required":\["a"\]/);
});

t.test('Gemini up, OpenAI client: official finish reasons, thoughts counted, signatures shown', async (t) => {
  const finish = (reason: string): Json | undefined => {
    const { choices } = shown(gemini, chat, geminiReply([{ text: 'x' }], reason));
    return (choices as JsonObject[])[0]?.finish_reason;
  };
  t.same(['STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION'].map(finish), [
    'stop',
    'length',
    'content_filter',
    'content_filter',
  ]);
  const signed = shown(
    gemini,
    chat,
    geminiReply([{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' }], 'STOP'),
  );
  t.match(signed.usage, { completion_tokens: 12, completion_tokens_details: { reasoning_tokens: 7 } });
  t.match(text(signed), /"thought_signature":"c2ln"/);
});

t.test('Gemini up, Claude client: the end comes whatever the chunks; ids are of their own', async (t) => {
  const { usageMetadata, ...finished } = geminiReply([{ text: 'x' }], 'STOP');
  for (const chunks of [[finished, { usageMetadata }], [geminiReply([], 'STOP')]]) {
    const events = streamed(gemini, claude, chunks as Json[]).at(-1) ?? [];
    t.same(
      events.slice(-2).map(({ type }) => type),
      ['message_delta', 'message_stop'],
    );
    t.match(text(events), /"output_tokens":12/);
  }
  const ids = ['one', 'two'].map((turn) => {
    const reply = shown(
      gemini,
      claude,
      {
        ...geminiReply([{ functionCall: { name: 'my-tool-f', args: { turn } } }], 'STOP'),
        responseId: turn,
      },
      turn,
    );
    const [block] = reply.content as JsonObject[];
    t.match(block, { type: 'tool_use', name: 'my-tool-f' });
    return block?.id;
  });
  t.not(ids[0], ids[1]);
});

t.test(
  'OpenAI up, Gemini client: a finish beside content is kept, null is none, calls keep their order',
  async (t) => {
    const last = (data: Json[]): JsonObject[] => streamed(chat, gemini, data).at(-1) ?? [];
    const together = last([chunk({ role: 'assistant', content: 'x' }, 'length'), '[DONE]']);
    t.match(text(together), /"text":"x"/);
    t.match(text(together.at(-1)), /"finishReason":"MAX_TOKENS"/);
    const early = streamed(chat, gemini, [
      chunk({ role: 'assistant' }),
      chunk({ content: 'x' }),
      chunk({}, 'stop'),
      '[DONE]',
    ]);
    t.notMatch(text(early[0]), /finishReason/);
    t.notMatch(text(early[1]), /finishReason/);
    const calls = last([
      ...['a', 'b', 'c', 'd'].map((name, at) =>
        toolChunk(at, { id: name, type: 'function', function: { name, arguments: '{}' } }),
      ),
      chunk({}, 'tool_calls'),
      '[DONE]',
    ]);
    t.same(text(calls).match(/"name":"[a-d]"/g), ['"name":"a"', '"name":"b"', '"name":"c"', '"name":"d"']);
  },
);

t.test(
  'Claude up, Gemini client: MAX_TOKENS stays, and so do the input tokens of the beginning',
  async (t) => {
    const chunks = streamed(claude, gemini, [claudeStart, ...claudeEnd('max_tokens')]).at(-1) ?? [];
    t.match(chunks.at(-1), {
      candidates: [{ finishReason: 'MAX_TOKENS' }],
      usageMetadata: { promptTokenCount: 31 },
    });
  },
);

t.test(
  'OpenAI client, Gemini up: choice, stop, addresses of images, plain results, filters as they are',
  async (t) => {
    const body = asked(
      chat,
      gemini,
      {
        model: 'm',
        stop: ['END'],
        tools: [chatTool],
        tool_choice: { type: 'function', function: { name: 'f' } },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look' },
              { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
            ],
          },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: 'c', content: '{"a":1}' },
        ],
      },
      'gemini-3-flash-preview',
    );
    t.match(body.toolConfig, { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } });
    t.match(body.generationConfig, { stopSequences: ['END'] });
    t.match(text(body.contents), /https:\/\/a\.example\/b\.png/);
    t.notMatch(text(body.contents), /\\\\\\"a/, 'a result is encoded once');
    t.notOk('safetySettings' in body);
  },
);

t.test('Claude client, Gemini up: max_tokens and stop_sequences arrive', async (t) => {
  const body = asked(claude, gemini, {
    model: 'm',
    max_tokens: 77,
    stop_sequences: ['END'],
    messages: [{ role: 'user', content: 'Hi' }],
  });
  t.match(body.generationConfig, { maxOutputTokens: 77, stopSequences: ['END'] });
});

t.test('Gemini client, Claude up: the system instruction stays one, and temperature arrives', async (t) => {
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
  for (const name of ['systemInstruction', 'system_instruction']) {
    const body = asked(gemini, claude, {
      contents,
      [name]: { parts: [{ text: 'Be brief' }] },
      generationConfig: { temperature: 0.25 },
    });
    t.match(text(body.system), /Be brief/, name);
    t.notMatch(text(body.messages), /Be brief/, name);
    t.equal(body.temperature, 0.25, name);
  }
});

t.test(
  'Responses client, Chat up: sampling arrives, the choice has its form, developer is no user',
  async (t) => {
    const body = asked(responses, chat, {
      model: 'm',
      temperature: 0.25,
      top_p: 0.5,
      tools: [{ type: 'function', ...tool }],
      tool_choice: { type: 'function', name: 'f' },
      input: [
        { role: 'developer', content: 'Be brief' },
        { role: 'user', content: 'Hi' },
      ],
    });
    t.match(body, {
      temperature: 0.25,
      top_p: 0.5,
      tool_choice: { type: 'function', function: { name: 'f' } },
    });
    t.match((body.messages as JsonObject[])[0]?.role, /^(developer|system)$/);
  },
);

t.test('Responses client, Claude up: an input that is one text arrives', async (t) => {
  t.match(text(asked(responses, claude, { model: 'm', input: 'Hello there' }).messages), /Hello there/);
});

t.test(
  'Claude up, Responses client: max_tokens is incomplete, errors are told, nothing is guessed',
  async (t) => {
    const whole = shown(claude, responses, {
      ...(claudeStart.message as JsonObject),
      content: [
        { type: 'thinking', thinking: 'x'.repeat(400), signature: 's' },
        { type: 'text', text: 'x' },
      ],
      stop_reason: 'max_tokens',
    });
    t.match(whole, { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    t.match(whole.usage, { output_tokens_details: { reasoning_tokens: 0 } });
    const ended = streamed(claude, responses, [claudeStart, ...claudeEnd('max_tokens')]).at(-1) ?? [];
    t.equal(ended.at(-1)?.type, 'response.incomplete');
    const failed =
      streamed(claude, responses, [
        claudeStart,
        { type: 'error', error: { type: 'overloaded_error', message: 'too many' } },
      ]).at(-1) ?? [];
    t.match(failed.at(-1), {
      type: 'response.failed',
      response: { status: 'failed', error: { message: 'too many' } },
    });
  },
);
