import { type Json, TranslateError } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../plugins/gemini/src/decode-request.ts';
import { makeContext } from './context.ts';
import { decode } from './run.ts';

t.test('the address says which model and whether it streams', (t) => {
  t.match(decode({}, { model: 'models/gemini-2.5-flash' }), { model: 'gemini-2.5-flash', stream: false });
  t.match(decode({}, { streamModel: 'openai/gpt' }), { model: 'openai/gpt', stream: true });
  t.end();
});

t.test('a body that is none of the service is the client’s fault', (t) => {
  const wire = { path: { model: 'm' }, query: {}, headers: {} };
  const refuse = (body: Json) => () => decodeRequest({ ...wire, body }, makeContext());
  t.throws(refuse('x'), new TranslateError('invalid-input', 'The body must be a JSON object', ''));
  t.throws(refuse({}), new TranslateError('invalid-input', 'contents is not specified', '/contents'));
  t.throws(
    refuse({ contents: ['x'] }),
    new TranslateError('invalid-input', 'A content must be an object', '/contents/0'),
  );
  t.end();
});

t.test('both spellings of a name are read, and a single value for a list', (t) => {
  const camel = decode({
    systemInstruction: { parts: [{ text: 'Be brief.' }] },
    generationConfig: { maxOutputTokens: 5, thinkingConfig: { thinkingBudget: 0 } },
  });
  const snake = decode({
    system_instruction: { parts: { text: 'Be brief.' } },
    generation_config: { max_output_tokens: 5, thinking_config: { thinking_budget: 0 } },
  });
  t.strictSame(snake, camel);
  t.match(camel, {
    messages: [{ role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] }],
    maxOutputTokens: 5,
    reasoning: { effort: 'none' },
  });
  t.end();
});

t.test('names that are the caller’s own keep their spelling', (t) => {
  const request = decode({
    contents: [{ role: 'model', parts: [{ function_call: { name: 'f', args: { my_key: 1 } } }] }],
    tools: [
      { function_declarations: [{ name: 'f', parameters_json_schema: { properties: { my_key: {} } } }] },
    ],
  });
  t.match(request.messages[0]?.parts[0], { input: '{"my_key":1}' });
  t.match(request.tools?.[0], { inputSchema: { properties: { my_key: {} } } });
  t.end();
});

t.test('results without ids answer the oldest waiting call of their name', (t) => {
  const call = (name: string, n: number) => ({ functionCall: { name, args: { n } } });
  const result = (name: string, n: number) => ({ functionResponse: { name, response: { output: `${n}` } } });
  const request = decode({
    contents: [
      { role: 'model', parts: [call('a', 1), call('b', 2), call('a', 3)] },
      { role: 'user', parts: [result('b', 2), result('a', 1), result('a', 3)] },
    ],
  });
  const ids = (request.messages[0]?.parts ?? []).map((part) => (part.type === 'tool-call' ? part.id : ''));
  const answers = (request.messages[1]?.parts ?? []).map((part) =>
    part.type === 'tool-result' ? part.callId : '',
  );
  t.equal(new Set(ids).size, 3);
  t.strictSame(answers, [ids[1], ids[0], ids[2]]);
  t.end();
});

t.test('made ids are the same for the same conversation, so that prompt caches hold', (t) => {
  const contents = [{ role: 'model', parts: [{ functionCall: { name: 'a', args: {} } }] }];
  const longer = [...contents, { role: 'user', parts: [{ text: 'more' }] }];
  t.strictSame(decode({ contents }).messages[0], decode({ contents: longer }).messages[0]);
  t.end();
});

t.test('an id that is there wins, and takes its call out of the queue', (t) => {
  const request = decode({
    contents: [
      {
        role: 'model',
        parts: [{ functionCall: { id: 'x', name: 'a' } }, { functionCall: { id: 'y', name: 'a' } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'x', name: 'a', response: {} } },
          { functionResponse: { name: 'a', response: {} } },
        ],
      },
    ],
  });
  t.match(request.messages[1]?.parts, [{ callId: 'x' }, { callId: 'y' }]);
  t.end();
});

t.test('a result without a name gets that of its call', (t) => {
  const request = decode({
    contents: [
      { role: 'model', parts: [{ functionCall: { name: 'a' } }] },
      { role: 'user', parts: [{ functionResponse: { response: { result: 'ok' } } }] },
    ],
  });
  t.match(request.messages[1]?.parts[0], { name: 'a', output: [{ type: 'text', text: 'ok' }] });
  t.end();
});

t.test('what failed is told apart from what a tool gave', (t) => {
  const request = decode({
    contents: [
      { role: 'user', parts: [{ functionResponse: { name: 'a', response: { error: 'no luck' } } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'a', response: { error: 'x', code: 1 } } }] },
    ],
  });
  t.match(request.messages[0]?.parts[0], { isError: true, output: [{ text: 'no luck' }] });
  const other = request.messages[1]?.parts[0];
  t.match(other, { output: [{ text: '{"error":"x","code":1}' }] });
  t.notMatch(other, { isError: true });
  t.end();
});

t.test('files are told apart by who can read them', (t) => {
  const uris = ['https://a.example/x.png', 'gs://bucket/x.png', 'https://youtu.be/x'];
  const [content] = decode({
    contents: [{ role: 'user', parts: uris.map((fileUri) => ({ fileData: { fileUri } })) }],
  }).messages;
  t.match(content?.parts, [
    { mediaType: 'image/png', source: { type: 'url', url: uris[0] } },
    { mediaType: 'image/png', source: { type: 'file', dialect: 'gemini', family: 'google', value: uris[1] } },
    { mediaType: 'video/mp4', source: { type: 'url' } },
  ]);
  t.end();
});

t.test('text that came as bytes is text, and other bytes are in the standard alphabet', (t) => {
  const [content] = decode({
    contents: [
      {
        role: 'user',
        parts: [
          { inlineData: { mimeType: 'text/plain', data: 'Y2Fmw6k=' } },
          { inlineData: { mimeType: 'image/png', data: '_-8' } },
        ],
      },
    ],
  }).messages;
  t.match(content?.parts, [
    { source: { type: 'text', text: 'café' } },
    { source: { type: 'base64', data: '/+8=' } },
  ]);
  t.end();
});

t.test('the API’s own schema becomes JSON Schema', (t) => {
  const request = decode({
    generationConfig: {
      responseMimeType: 'application/json',
      responseSchema: {
        type: 'OBJECT',
        properties: {
          type: { type: 'STRING', nullable: true, format: 'enum', enum: ['A'] },
          list: { type: 'ARRAY', items: { type: 'INTEGER' }, minItems: '2' },
        },
        propertyOrdering: ['list', 'type'],
      },
    },
  });
  t.strictSame(request.output, {
    format: 'json',
    schema: {
      type: 'object',
      properties: {
        type: { type: ['string', 'null'], enum: ['A', null] },
        list: { type: 'array', items: { type: 'integer' }, minItems: 2 },
      },
    },
  });
  t.end();
});

t.test('modes of calling become choices', (t) => {
  const choose = (functionCallingConfig: object) =>
    decode({ toolConfig: { functionCallingConfig: { ...functionCallingConfig } } }).toolChoice;
  t.strictSame(choose({ mode: 'AUTO' }), { type: 'auto' });
  t.strictSame(choose({ mode: 'NONE' }), { type: 'none' });
  t.strictSame(choose({ mode: 'ANY' }), { type: 'required' });
  t.strictSame(choose({ mode: 'ANY', allowedFunctionNames: ['f'] }), { type: 'tool', name: 'f' });
  t.strictSame(choose({ mode: 'ANY', allowed_function_names: ['f', 'g'] }), {
    type: 'required',
    only: ['f', 'g'],
  });
  t.strictSame(choose({ mode: 'VALIDATED', allowedFunctionNames: ['f'] }), { type: 'auto', only: ['f'] });
  t.end();
});

t.test('thinking has an amount and a visibility', (t) => {
  const think = (thinkingConfig: object) =>
    decode({ generationConfig: { thinkingConfig: { ...thinkingConfig } } }).reasoning;
  t.strictSame(think({ thinkingBudget: 2048 }), { budgetTokens: 2048 });
  t.strictSame(think({ thinkingBudget: -1, includeThoughts: false }), {
    effort: 'auto',
    visibility: 'hidden',
  });
  t.strictSame(think({ thinkingLevel: 'HIGH' }), { effort: 'high' });
  t.strictSame(think({ includeThoughts: true }), { effort: 'auto', visibility: 'summary' });
  t.equal(think({ includeThoughts: false }), undefined, 'which is what happens anyway');
  t.end();
});

t.test('hosted tools are a search, or the service’s own', (t) => {
  const request = decode({
    tools: [{ googleSearch: { excludeDomains: ['a.example'] }, urlContext: {} }],
  });
  t.match(request.tools, [
    { type: 'web-search', domains: { block: ['a.example'] } },
    { type: 'opaque', dialect: 'gemini', value: { urlContext: {} } },
  ]);
  t.end();
});

t.test('fields nobody knows stay where they are', (t) => {
  const request = decode({
    safetySettings: [{ category: 'X' }],
    newThing: 1,
    generationConfig: { mediaResolution: 'LOW' },
    contents: [{ role: 'user', parts: [{ text: 'a', videoMetadata: { fps: 1 } }, { brandNew: {} }] }],
  });
  t.match(request.extensions?.gemini, {
    safetySettings: [{ category: 'X' }],
    newThing: 1,
    generationConfig: { mediaResolution: 'LOW' },
  });
  t.match(request.messages[0]?.parts, [
    { extensions: { gemini: { videoMetadata: { fps: 1 } } } },
    { type: 'opaque', dialect: 'gemini', value: { brandNew: {} } },
  ]);
  t.end();
});
