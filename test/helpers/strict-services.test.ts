import type { JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { recordings, skipWithoutCorpus } from './corpus.ts';
import type { ReceivedRequest } from './fake-upstream.ts';
import type { Refusal } from './refusal.ts';
import { checkCohereBody } from './strict-cohere.ts';
import { checkGeminiBody } from './strict-gemini.ts';
import { checkMistralBody } from './strict-mistral.ts';
import { checkOllama } from './strict-ollama.ts';
import { checkResponsesBody } from './strict-responses.ts';

const own = new Set(['own']);
type Check = (body: JsonObject) => Refusal | null;
const gemini: Check = (body) => checkGeminiBody(body, { model: 'gemini-3-pro-preview', signatures: own });
const older: Check = (body) => checkGeminiBody(body, { model: 'gemini-2.5-flash', signatures: own });
const responses: Check = (body) => checkResponsesBody(body, { signatures: own });
const ollama: Check = (body) => checkOllama({ path: '/api/chat', body } as ReceivedRequest);

const said = { role: 'user', parts: [{ text: 'hi' }] };
const turn = (part: JsonObject): JsonObject => ({ contents: [{ role: 'user', parts: [part] }] });
const called = (changes: JsonObject = {}): JsonObject => ({
  role: 'model',
  parts: [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'own', ...changes }],
});
const spoke = { role: 'model', parts: [{ text: 'done' }] };
const answered = { role: 'user', parts: [{ functionResponse: { name: 'f', response: { ok: true } } }] };
const declared = (parameters: JsonObject): JsonObject => ({
  contents: [said],
  tools: [{ functionDeclarations: [{ name: 'f', parameters }] }],
});
const config = (generationConfig: JsonObject): JsonObject => ({ contents: [said], generationConfig });

const input = (...items: JsonObject[]): JsonObject => ({ model: 'gpt-5.4', input: items });
const callItem = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const outputItem = { type: 'function_call_output', call_id: 'c', output: 'x' };
const reasoning = (encrypted_content: string): JsonObject => ({
  type: 'reasoning',
  id: 'rs_1',
  summary: [],
  encrypted_content,
});

const chat = (...messages: JsonObject[]): JsonObject => ({
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }, ...messages],
});
const call = (id = 'abcdefgh1'): JsonObject => ({
  role: 'assistant',
  content: '',
  tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{}' } }],
});
const cohereCall = (): JsonObject => ({ role: 'assistant', tool_calls: call().tool_calls });
const result = { role: 'tool', tool_call_id: 'abcdefgh1', content: 'x' };
const assistant = { role: 'assistant', content: 'y' };
const ollamaCall = (args: JsonObject | string): JsonObject => ({
  role: 'assistant',
  content: '',
  tool_calls: [{ function: { name: 'f', arguments: args } }],
});

/** Bodies each service takes, and those it refuses with the words that tell why. */
const services: Record<string, { check: Check; takes: JsonObject[]; refuses: [JsonObject, RegExp][] }> = {
  'Gemini 3': {
    check: gemini,
    takes: [
      { contents: [said] },
      { contents: [said, called(), answered] },
      { contents: [said, called({ thoughtSignature: 'skip_thought_signature_validator' }), answered] },
      // A call of an earlier turn may be unsigned.
      {
        contents: [said, called({ thoughtSignature: undefined }), answered, spoke, said, called(), answered],
      },
      config({ max_output_tokens: 5, thinkingConfig: { thinkingLevel: 'LOW' } }),
    ],
    refuses: [
      [{ contents: [] }, /contents is not specified/],
      [{ contents: [said], seed: 1 }, /Unknown name .*seed/],
      [{ contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] }, /valid role/],
      [{ contents: [{ role: 'user', parts: [] }] }, /must not be empty/],
      [turn({ text: 'x', inlineData: { mimeType: 'image/png', data: '' } }), /already set/],
      [turn({ inlineData: { data: 'AAAA' } }), /MIME/],
      [turn({ inlineData: { mimeType: 'image/png', data: 'data:x' } }), /Base64/],
      [declared({ type: 'object', additionalProperties: false }), /Unknown name .*additionalProperties/],
      [declared({ type: ['string', 'null'] }), /TYPE_ENUM/],
      [declared({ type: 'object', properties: { a: { $ref: '#/x' } } }), /Unknown name/],
      [declared({ type: 'object', properties: { a: { type: 'array' } } }), /items: missing field/],
      [declared({ type: 'object', properties: { a: { type: 'integer', enum: ['1'] } } }), /only allowed for/],
      [declared({ type: 'object', required: ['a'] }), /property is not defined/],
      [
        { contents: [said, called({ thoughtSignature: undefined }), answered] },
        /missing a thought_signature/,
      ],
      [{ contents: [said, called({ thoughtSignature: 'foreign' }), answered] }, /not valid/],
      [{ contents: [said, called(), said] }, /number of function response parts/],
      [{ contents: [said, answered] }, /immediately after a function call turn/],
      [{ contents: [called(), answered] }, /immediately after a user turn/],
      [config({ thinkingConfig: { thinkingLevel: 'LOW', thinkingBudget: 5 } }), /only set only one/],
      [config({ responseJsonSchema: {} }), /response_mime_type/],
      [config({ stopSequences: ['1', '2', '3', '4', '5', '6'] }), /at most 5/],
    ],
  },
  'Gemini 2.5': {
    check: older,
    takes: [{ contents: [said, called({ thoughtSignature: undefined }), answered] }],
    refuses: [[config({ thinkingConfig: { thinkingLevel: 'LOW' } }), /not supported for this model/]],
  },
  Responses: {
    check: responses,
    takes: [
      { model: 'gpt-5.4', input: 'hi' },
      input({ role: 'user', content: 'hi' }, reasoning('own'), callItem, outputItem),
      { ...input(outputItem), previous_response_id: 'resp_1' },
    ],
    refuses: [
      [{ model: 'gpt-5.4', input: 'hi', max_tokens: 5 }, /Unknown parameter: 'max_tokens'/],
      [{ model: 'gpt-5.4' }, /'input'/],
      [input(outputItem), /No tool call found/],
      [input(callItem), /No tool output found/],
      [input({ type: 'tool_use' }), /Invalid value: 'tool_use'/],
      [input({ ...callItem, id: `fc_${'x'.repeat(62)}` }, outputItem), /maximum length 64/],
      [input({ ...callItem, id: 'toolu_1' }, outputItem), /begins with 'fc'/],
      [input({ ...callItem, call_id: 'x'.repeat(65) }), /maximum length 64/],
      [input(reasoning('foreign')), /could not be verified/],
      [input({ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }), /'output_text'/],
      [input({ role: 'tool', content: 'x' }), /Supported values/],
      [{ ...input(), tools: [{ type: 'function', name: 'a.b', parameters: {} }] }, /does not match pattern/],
      [{ ...input(), tool_choice: 'required' }, /must be used with/],
      [{ model: 'gpt-4o', input: 'hi', reasoning: { effort: 'low' } }, /not supported with this model/],
      [{ model: 'gpt-5.4', input: 'hi', max_output_tokens: 4 }, /between 16/],
      [
        { model: 'gpt-5.4', input: 'hi', text: { format: { type: 'json_schema', schema: {} } } },
        /format.name/,
      ],
    ],
  },
  Cohere: {
    check: checkCohereBody,
    takes: [chat(), chat(cohereCall(), result), { ...chat(), documents: ['x'], k: 5 }],
    refuses: [
      [{ ...chat(), top_p: 0.5 }, /unknown field: parameter 'top_p'/],
      [{ ...chat(), tool_choice: 'auto' }, /REQUIRED or NONE/],
      [{ ...chat(), p: 1 }, /between 0.01 and 0.99/],
      [chat(result), /not found in previous tool calls/],
      [chat(cohereCall(), assistant), /without a tool message/],
      [chat({ role: 'tool', content: 'x' }), /not found/],
      [
        chat({ role: 'user', content: [{ type: 'document', document: { data: 'x' } }] }),
        /not valid in a user/,
      ],
      [chat({ role: 'assistant', content: [] }), /must have content/],
    ],
  },
  Ollama: {
    check: ollama,
    takes: [chat(), chat(ollamaCall({}), { role: 'tool', tool_name: 'f', content: 'x' }), { model: 'm' }],
    refuses: [
      [chat(ollamaCall('{}')), /cannot unmarshal string .*arguments/],
      [chat({ role: 'user', content: [{ type: 'text', text: 'x' }] }), /cannot unmarshal array/],
      [chat({ role: 'user', content: '', images: ['data:image/png;base64,AA'] }), /illegal base64/],
      [{ ...chat(), think: 'minimal' }, /invalid think value/],
      [{ ...chat(), format: 'json_schema' }, /invalid format/],
      [{ ...chat(), options: { stop: 'x' } }, /must be of type strings/],
    ],
  },
  Mistral: {
    check: checkMistralBody,
    takes: [chat(), chat(call(), result), chat(call(), result, assistant, { role: 'user', content: 'x' })],
    refuses: [
      [{ ...chat(), seed: 1 }, /extra_forbidden/],
      [chat({ ...assistant, prefix: true, refusal: null }), /extra_forbidden.*refusal/],
      [chat(call('call_1')), /length of 9/],
      [chat(call()), /Not the same number/],
      [chat(call(), result, { role: 'user', content: 'x' }), /Unexpected role 'user' after role 'tool'/],
      [chat(assistant), /Expected last role/],
      [chat({ role: 'user', content: [{ type: 'input_audio', input_audio: { data: '' } }] }), /a string/],
    ],
  },
};
for (const [name, { check, takes, refuses }] of Object.entries(services)) {
  t.test(`${name} takes what it takes, and says why it refuses the rest`, async (t) => {
    for (const body of takes) t.equal(check(body), null, JSON.stringify(body));
    for (const [body, why] of refuses) t.match(JSON.stringify(check(body)?.body), why, JSON.stringify(body));
  });
}

/** Recorded refusals that say something about the world, not the request: an address, a quota, a model's name. */
const aboutTheWorld = /URL_ROBOTED|exceeded your current quota|does not exist/;

t.test('judges recorded requests as the services did', { skip: skipWithoutCorpus }, async (t) => {
  const judged: [string, (body: JsonObject, model: string) => Refusal | null, { provider?: string }][] = [
    ['gemini', (body, model) => checkGeminiBody(body, { model, signatures: null }), {}],
    ['openai-responses', (body) => checkResponsesBody(body, { signatures: null }), { provider: 'openai' }],
    ['cohere', checkCohereBody, {}],
    ['mistral', checkMistralBody, {}],
  ];
  for (const [dialect, check, filter] of judged) {
    let count = 0;
    for (const { name, model, request, response } of recordings(dialect, { ...filter, request: true })) {
      if (aboutTheWorld.test(JSON.stringify(response.body))) continue;
      const found = check(request?.body ?? {}, model);
      count++;
      t.equal(found?.status ?? 200, response.status, `${name} ${JSON.stringify(found)}`);
    }
    t.ok(count > 2, `${dialect}: ${count}`);
  }
});
