import type * as sdk from '@dragoman/plugin-sdk';
import t from 'tap';
import * as outputs from '../../core/generated/validate-outputs.js';
import {
  validateTranslateRequest,
  validateTranslateResponse,
  validateWireRequest,
} from '../../core/generated/validate-translate.js';
import plugin from '../../schemas/plugin.schema.json' with { type: 'json' };
import translate from '../../schemas/translate.schema.json' with { type: 'json' };
import type * as schema from './translate.generated.ts';

/** Each type stands for the other. Compiled, never run: a difference is an error of `npm run typecheck`. */
type Same<Left, Right> = [Left] extends [Right]
  ? [Right] extends [Left]
    ? true
    : 'the schema is wider'
  : 'the schema is narrower';

export const agreed: {
  WireRequest: Same<sdk.WireRequest, schema.WireRequest>;
  WireResponse: Same<sdk.WireResponse, schema.WireResponse>;
  Frame: Same<sdk.Frame, schema.Frame>;
  EncodedRequest: Same<sdk.EncodedRequest, schema.EncodedRequest>;
  EncodedError: Same<sdk.EncodedError, schema.EncodedError>;
  KeptTurn: Same<sdk.KeptTurn, schema.KeptTurn>;
  KeptReply: Same<sdk.KeptReply, schema.KeptReply>;
  EncodedKept: Same<sdk.EncodedKept, schema.EncodedKept>;
  ClientMessage: Same<sdk.ClientMessage, schema.ClientMessage>;
  DecodedMessage: Same<sdk.DecodedMessage, schema.DecodedMessage>;
  MessageError: Same<sdk.MessageError, schema.MessageError>;
  Warning: Same<sdk.Warning, schema.Warning>;
  ModelInfo: Same<sdk.ModelInfo, schema.ModelInfo>;
  TranslateContext: Same<sdk.TranslateContext, schema.TranslateContext>;
  TranslateFunction: Same<sdk.TranslateFunction, schema.TranslateFunction>;
  TranslateFailureCode: Same<sdk.TranslateFailureCode, schema.TranslateFailureCode>;
  TranslateResponse: Same<sdk.TranslateResponse, schema.TranslateResponse>;
  /** The schema says `target` by a pattern, which has no type. */
  TranslateRequest: Same<Omit<sdk.TranslateRequest, 'target'>, Omit<schema.TranslateRequest, 'target'>>;
} = {
  WireRequest: true,
  WireResponse: true,
  Frame: true,
  EncodedRequest: true,
  EncodedError: true,
  KeptTurn: true,
  KeptReply: true,
  EncodedKept: true,
  ClientMessage: true,
  DecodedMessage: true,
  MessageError: true,
  Warning: true,
  ModelInfo: true,
  TranslateContext: true,
  TranslateFunction: true,
  TranslateFailureCode: true,
  TranslateResponse: true,
  TranslateRequest: true,
};

const operations: Record<sdk.Operation, true> = {
  chat: true,
  embed: true,
  'batch-embed': true,
  'count-tokens': true,
  'list-models': true,
  'get-model': true,
  'get-response': true,
  'delete-response': true,
  'list-response-input': true,
  rerank: true,
  'pass-through': true,
};

const request: sdk.TranslateRequest = {
  abi: 1,
  target: 'dialect:toy',
  function: 'decodeRequest',
  input: { path: {}, query: {}, headers: {}, body: null },
  context: {
    requestId: 'r',
    now: 0,
    operation: 'chat',
    model: { id: 'm', input: ['text'], output: ['text'], features: [] },
    config: {},
    memo: [1],
    provider: { id: 'p', family: 'f', dialect: 'toy', options: {} },
    client: { dialect: 'toy' },
  },
};

t.test('the operations of the SDK are those of the schema', async (t) => {
  t.same(Object.keys(operations).sort(), [...plugin.$defs.operation.enum].sort());
});

t.test('every function of a plugin has a validator for what it gives', async (t) => {
  t.same(Object.keys(outputs).sort(), [...translate.$defs.translateFunction.enum].sort());
});

t.test('a call and its replies are valid', async (t) => {
  t.ok(validateTranslateRequest(request), JSON.stringify(validateTranslateRequest.errors));
  t.ok(validateWireRequest(request.input));
  const done: sdk.TranslateResponse = {
    ok: true,
    output: null,
    warnings: [{ code: 'dropped', path: '/seed', message: 'm' }],
  };
  const failed: sdk.TranslateResponse = {
    ok: false,
    error: { code: 'unsupported', message: 'm', path: '/n' },
  };
  t.ok(validateTranslateResponse(done), JSON.stringify(validateTranslateResponse.errors));
  t.ok(validateTranslateResponse(failed), JSON.stringify(validateTranslateResponse.errors));
});

t.test('a call that is not of the ABI is refused', async (t) => {
  t.notOk(validateTranslateRequest({ ...request, abi: 2 }));
  t.notOk(validateTranslateRequest({ ...request, target: 'plugin:toy' }));
  t.notOk(validateTranslateRequest({ ...request, function: 'constructor' }));
  t.notOk(validateTranslateResponse({ ok: true }));
  t.notOk(validateTranslateResponse({ ok: false, error: { code: 'oops', message: 'm' } }));
});

t.test('the output of each kind of function is held to its shape', async (t) => {
  t.ok(outputs.decodeStream({ state: null, items: [{ type: 'usage', usage: { inputTokens: 1 } }] }));
  t.notOk(outputs.decodeStream({ state: null, items: [{ type: 'usages' }] }));
  t.ok(outputs.encodeStream({ state: {}, items: [{ data: '[DONE]' }] }));
  t.notOk(outputs.encodeStream({ items: [] }));
  t.ok(outputs.encodeError({ status: 429, body: {} }));
  t.notOk(outputs.encodeError({ status: 4290, body: {} }));
  t.ok(outputs.encodeRequest({ body: { model: 'm' } }));
  t.notOk(outputs.encodeRequest({ model: 'm' }));
  t.ok(outputs.encodeResponse('anything'));
  t.ok(outputs.respond([{ type: 'error', error: { kind: 'server', message: 'm' } }]));
  t.notOk(outputs.respond([{ type: 'error', error: { kind: 'bad day', message: 'm' } }]));
  t.ok(outputs.count({ inputTokens: 3, estimated: true }));
  t.notOk(outputs.decodeModels([{ id: 'm' }]));
});
