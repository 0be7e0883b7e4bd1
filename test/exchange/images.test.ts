import t from 'tap';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});

/** One transparent pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const dataUrl = `data:image/png;base64,${pixel}`;
const remote = 'https://example.com/cat.png';
const pdf = 'JVBERi0xLjQKJSVFT0YK';

for (const model of ['openai/gpt-4o', 'openai-twin/gpt-4o']) {
  t.test(`pictures of the openai SDK reach ${model} as they are`, async (t) => {
    const content = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'image_url' as const, image_url: { url: dataUrl, detail: 'low' as const } },
      { type: 'image_url' as const, image_url: { url: remote } },
    ];
    await pair.openai.chat.completions.create({ model, messages: [{ role: 'user', content }] });
    t.same(pair.upstream.requests[0]?.body.messages, [{ role: 'user', content }]);
  });
}

t.test('pictures and documents of the openai SDK reach Claude as blocks', async (t) => {
  await pair.openai.chat.completions.create({
    model: 'anthropic/claude-sonnet-4-5',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: dataUrl } },
          { type: 'image_url', image_url: { url: remote } },
          { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` } },
          { type: 'text', text: 'What is this?' },
        ],
      },
    ],
  });
  t.match(pair.upstream.requests[0]?.body.messages, [
    {
      role: 'user',
      content: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
        { type: 'image', source: { type: 'url', url: remote } },
        { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
        { type: 'text', text: 'What is this?' },
      ],
    },
  ]);
});

t.test('pictures and documents of the Anthropic SDK reach an OpenAI provider as parts', async (t) => {
  await pair.anthropic.messages.create({
    model: 'openai/gpt-4o',
    max_tokens: 100,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
          { type: 'image', source: { type: 'url', url: remote } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
          { type: 'text', text: 'What is this?' },
        ],
      },
    ],
  });
  t.match(pair.upstream.requests[0]?.body.messages, [
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: dataUrl } },
        { type: 'image_url', image_url: { url: remote } },
        { type: 'file', file: { file_data: `data:application/pdf;base64,${pdf}` } },
        { type: 'text', text: 'What is this?' },
      ],
    },
  ]);
});

t.test(
  'a picture in a tool result of the Anthropic SDK reaches an OpenAI provider beside the result',
  async (t) => {
    await pair.anthropic.messages.create({
      model: 'openai/gpt-4o',
      max_tokens: 100,
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_1',
              content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }],
            },
          ],
        },
      ],
    });
    const body = JSON.stringify(pair.upstream.requests[0]?.body.messages);
    t.match(body, dataUrl);
    t.match(pair.upstream.requests[0]?.body.messages, [
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'toolu_1' }] },
      { role: 'tool', tool_call_id: 'toolu_1' },
    ]);
  },
);
