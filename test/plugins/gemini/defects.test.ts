import type {
  CanonicalEvent,
  CanonicalRequest,
  CanonicalResponse,
  Dialect,
  Frame,
  Json,
  JsonObject,
  TranslateContext,
} from '@dragoman/plugin-sdk';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import gemini from '../../../plugins/gemini/src/index.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { oneByOne } from '../run.ts';
import { makeContext } from './context.ts';
import { chunk, runStream } from './run.ts';

/** What other gateways got wrong between this dialect and two others (the list in the design of translation). */
const chat = openai.dialects['openai-chat'];
const messages = anthropic.dialects['anthropic-messages'];
const here = gemini.dialects.gemini;

type Requests = Pick<Required<Dialect>, 'decodeRequest' | 'encodeRequest'>;
type Replies = Pick<Required<Dialect>, 'decodeStream' | 'encodeStream' | 'decodeResponse' | 'encodeResponse'>;

function between(client: string, dialect: string, family: string, model: string): TranslateContext {
  const context = makeContext();
  return {
    ...context,
    client: { dialect: client },
    provider: { id: 'p', family, dialect, options: {} },
    model: { ...context.model, id: model },
  };
}
const toGemini = (client: string) => between(client, 'gemini', 'google', 'gemini-3-flash-preview');
const toChat = between('gemini', 'openai-chat', 'openai', 'gpt-4o');
const toMessages = between('gemini', 'anthropic-messages', 'anthropic', 'claude-sonnet-4-5');

function send(from: Requests, to: Requests, body: JsonObject, context: TranslateContext): JsonObject {
  const wire = { path: { model: 'm' }, query: {}, headers: {}, body };
  const request: CanonicalRequest = from.decodeRequest(wire, context).output;
  return JSON.parse(JSON.stringify(to.encodeRequest(request, context).output.body));
}

function stream(from: Replies, to: Replies, frames: Frame[], context: TranslateContext): JsonObject[] {
  const events: CanonicalEvent[] = runStream(from.decodeStream, oneByOne(frames), context);
  const written = runStream(to.encodeStream, oneByOne(events), context);
  return written.map(({ data }) => data).filter((data): data is JsonObject => typeof data === 'object');
}

function reply(from: Replies, to: Replies, body: Json, context: TranslateContext): JsonObject {
  const response: CanonicalResponse = from.decodeResponse({ status: 200, headers: {}, body }, context).output;
  return JSON.parse(JSON.stringify(to.encodeResponse(response, context).output));
}

const usage = { promptTokenCount: 10, candidatesTokenCount: 4, thoughtsTokenCount: 6, totalTokenCount: 20 };

t.test('Gemini to an OpenAI client', (t) => {
  const context = toGemini('openai-chat');
  const answer = (finishReason: string, parts: Json[] = [{ text: 'A' }]): Json => ({
    candidates: [{ content: { role: 'model', parts }, finishReason }],
    usageMetadata: usage,
    responseId: 'r',
    modelVersion: 'g',
  });

  t.test('the finish reason is one of OpenAI’s, whole and streamed', (t) => {
    const legal: Record<string, string> = {
      STOP: 'stop',
      MAX_TOKENS: 'length',
      SAFETY: 'content_filter',
      RECITATION: 'content_filter',
    };
    for (const word in legal) {
      t.match(reply(here, chat, answer(word), context), { choices: [{ finish_reason: legal[word] }] });
      const chunks = stream(here, chat, [chunk([{ text: 'A' }], { finishReason: word })], context);
      const reasons = chunks.flatMap(({ choices }) =>
        (choices as { finish_reason: string | null }[]).map((choice) => choice.finish_reason),
      );
      t.strictSame(
        reasons.filter((reason) => reason !== null),
        [legal[word]],
      );
    }
    t.end();
  });

  t.test('thoughts count as completion tokens', (t) => {
    t.match(reply(here, chat, answer('STOP'), context), {
      usage: { prompt_tokens: 10, completion_tokens: 10, completion_tokens_details: { reasoning_tokens: 6 } },
    });
    t.end();
  });

  t.test('the signature of a call is given out, and comes back to its owner', (t) => {
    const parts = [{ functionCall: { name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' }];
    const { choices } = reply(here, chat, answer('STOP', parts), context);
    const [{ message }] = choices as [{ message: JsonObject }];
    t.match(message, { tool_calls: [{ extra_content: { google: { thought_signature: 'c2ln' } } }] });
    const [{ id }] = message.tool_calls as [{ id: string }];
    const again = send(
      chat,
      here,
      {
        model: 'm',
        messages: [
          { role: 'user', content: 'Go' },
          message,
          { role: 'tool', tool_call_id: id, content: '"sunny"' },
        ],
      },
      context,
    );
    t.match(again.contents, [
      {},
      {
        role: 'model',
        parts: [{ functionCall: { id, name: 'f', args: { a: 1 } }, thoughtSignature: 'c2ln' }],
      },
      { parts: [{ functionResponse: { id, name: 'f', response: { output: '"sunny"' } } }] },
    ]);
    t.end();
  });
  t.end();
});

t.test('Gemini to an Anthropic client', (t) => {
  const context = toGemini('anthropic-messages');

  t.test('the stream ends, though finish and usage come apart or the answer is empty', (t) => {
    const tail = { data: { usageMetadata: usage, responseId: 'r1' } };
    for (const frames of [
      [chunk([{ text: 'A' }]), chunk([{ text: '' }], { finishReason: 'STOP' }), tail],
      [chunk([], { finishReason: 'STOP' })],
    ]) {
      const events = stream(here, messages, frames, context).map(({ type }) => type);
      t.strictSame(events.slice(-2), ['message_delta', 'message_stop']);
    }
    t.end();
  });

  t.test('ids of calls are new in every turn, and the name is never read from them', (t) => {
    const frames = [chunk([{ functionCall: { name: 'my-tool', args: {} } }], { finishReason: 'STOP' })];
    const idIn = (requestId: string) => {
      const blocks = stream(here, messages, frames, { ...context, requestId });
      const start = blocks.find(({ type }) => type === 'content_block_start');
      const block = start?.content_block;
      return typeof block === 'object' && block !== null && 'id' in block ? block.id : undefined;
    };
    t.type(idIn('one'), 'string');
    t.not(idIn('one'), idIn('two'));
    const body = send(
      messages,
      here,
      {
        model: 'm',
        max_tokens: 9,
        messages: [
          { role: 'user', content: 'Go' },
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'anything-1', name: 'my-tool', input: {} }],
          },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'anything-1', content: 'ok' }] },
        ],
      },
      context,
    );
    t.match(body.contents, [{}, {}, { parts: [{ functionResponse: { name: 'my-tool' } }] }]);
    t.end();
  });
  t.end();
});

t.test('OpenAI to a Gemini client', (t) => {
  const delta = (content: JsonObject, finish: string | null = null): Frame => ({
    data: { id: 'c', model: 'gpt', choices: [{ index: 0, delta: content, finish_reason: finish }] },
  });
  const done: Frame = { data: '[DONE]' };

  t.test('text and finish in one chunk both arrive', (t) => {
    const chunks = stream(chat, here, [delta({ role: 'assistant', content: 'A' }, 'stop'), done], toChat);
    t.match(JSON.stringify(chunks), /"text":"A"/);
    t.match(chunks.at(-1), { candidates: [{ finishReason: 'STOP' }] });
    t.end();
  });

  t.test('a finish reason of null is no end', (t) => {
    const chunks = stream(
      chat,
      here,
      [delta({ role: 'assistant', content: '' }), delta({ content: 'A' }), delta({}, 'length'), done],
      toChat,
    );
    const reasons = chunks.flatMap(({ candidates }) =>
      (candidates as JsonObject[]).flatMap(({ finishReason }) => finishReason ?? []),
    );
    t.strictSame(reasons, ['MAX_TOKENS']);
    t.end();
  });

  t.test('parallel calls arrive in their order', (t) => {
    const calls = ['a', 'b', 'c', 'd'].map((id, index) =>
      delta({
        tool_calls: [{ index, id, type: 'function', function: { name: `f_${id}`, arguments: '{}' } }],
      }),
    );
    const chunks = stream(chat, here, [...calls, delta({}, 'tool_calls'), done], toChat);
    const names = JSON.stringify(chunks).match(/f_\w/g);
    t.strictSame(names, ['f_a', 'f_b', 'f_c', 'f_d']);
    t.end();
  });
  t.end();
});

t.test('Anthropic to a Gemini client', (t) => {
  const frames = (stop: string): Frame[] => [
    {
      data: {
        type: 'message_start',
        message: { id: 'm', model: 'claude', usage: { input_tokens: 7, output_tokens: 1 } },
      },
    },
    { data: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } },
    { data: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'A' } } },
    { data: { type: 'content_block_stop', index: 0 } },
    { data: { type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: 5 } } },
    { data: { type: 'message_stop' } },
  ];

  t.test('MAX_TOKENS stays, and the input tokens of the beginning are in the end', (t) => {
    const last = stream(messages, here, frames('max_tokens'), toMessages).at(-1);
    t.match(last, {
      candidates: [{ finishReason: 'MAX_TOKENS' }],
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 5, totalTokenCount: 12 },
    });
    t.end();
  });
  t.end();
});

t.test('an OpenAI request to Gemini', (t) => {
  const body = send(
    chat,
    here,
    {
      model: 'm',
      stop: 'END',
      tool_choice: { type: 'function', function: { name: 'f' } },
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look' },
            { type: 'image_url', image_url: { url: 'https://a.example/x.png' } },
          ],
        },
      ],
    },
    toGemini('openai-chat'),
  );
  t.match(
    body,
    {
      contents: [
        { parts: [{}, { fileData: { mimeType: 'image/png', fileUri: 'https://a.example/x.png' } }] },
      ],
      generationConfig: { stopSequences: ['END'] },
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
    },
    'choice, stop sequences and images by address are carried',
  );
  t.notOk('safetySettings' in body, 'safety filters are left alone');
  t.end();
});

t.test('an Anthropic request to Gemini keeps its limit and stop sequences', (t) => {
  const body = send(
    messages,
    here,
    {
      model: 'm',
      max_tokens: 77,
      stop_sequences: ['END'],
      tool_choice: { type: 'none' },
      tools: [{ name: 'f', input_schema: { type: 'object' } }],
      messages: [{ role: 'user', content: 'Hi' }],
    },
    toGemini('anthropic-messages'),
  );
  t.match(body, {
    generationConfig: { maxOutputTokens: 77, stopSequences: ['END'] },
    toolConfig: { functionCallingConfig: { mode: 'NONE' } },
  });
  t.end();
});

t.test('a Gemini request to Anthropic keeps system text as system text, and temperature', (t) => {
  for (const key of ['systemInstruction', 'system_instruction']) {
    const body = send(
      here,
      messages,
      {
        [key]: { parts: [{ text: 'Be brief.' }] },
        contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
        generationConfig: { temperature: 0.3, topK: 5 },
      },
      toMessages,
    );
    t.match(body, {
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      temperature: 0.3,
      top_k: 5,
    });
  }
  t.end();
});

t.test('a Gemini request to OpenAI keeps its schema and its choice, and leaves no empty message', (t) => {
  const body = send(
    here,
    chat,
    {
      contents: [
        { role: 'user', parts: [{ text: 'Go' }] },
        { role: 'model', parts: [{ functionCall: { name: 'f', args: {} } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { output: 'ok' } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'f' }] }],
      tool_config: { function_calling_config: { mode: 'ANY' } },
      generationConfig: {
        responseMimeType: 'application/json',
        responseSchema: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
      },
    },
    toChat,
  );
  t.match(body, {
    tool_choice: 'required',
    response_format: { json_schema: { schema: { type: 'object', properties: { a: { type: 'string' } } } } },
  });
  const roles = (body.messages as JsonObject[]).map(({ role }) => role);
  t.strictSame(roles, ['user', 'assistant', 'tool']);
  t.end();
});

t.test('the signature of another family survives two turns of a Gemini client', (t) => {
  const body = {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [
      { type: 'thinking', thinking: 'Hm', signature: 'EqQB+/==' },
      { type: 'text', text: 'A' },
    ],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const { candidates } = reply(messages, here, body, toMessages);
  const [{ content }] = candidates as [{ content: JsonObject }];
  const contents = [
    { role: 'user', parts: [{ text: 'Hi' }] },
    content,
    { role: 'user', parts: [{ text: 'And?' }] },
  ];
  t.match(send(here, messages, { contents }, toMessages).messages, [
    {},
    {
      role: 'assistant',
      content: [{ type: 'thinking', thinking: 'Hm', signature: 'EqQB+/==' }, { text: 'A' }],
    },
    {},
  ]);
  const toGoogle = send(here, here, { contents }, toGemini('gemini'));
  t.notMatch(JSON.stringify(toGoogle), /thoughtSignature/, 'and is never shown to Google');
  t.end();
});
