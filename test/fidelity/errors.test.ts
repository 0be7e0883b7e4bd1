import type {
  CanonicalEvent,
  Frame,
  Json,
  JsonObject,
  UpstreamError,
  UpstreamErrorKind,
} from '@dragoman/plugin-sdk';
import { copyJson, runStream } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { stranger } from './carry.ts';
import { type BundledDialect, clients, contextOf, providers } from './dialects.ts';

/** Status and word of each kind, as the clients of a dialect know them from its reference. */
type Words = Record<UpstreamErrorKind, [status: number, word: string]>;

const openai: Words = {
  'invalid-request': [400, 'invalid_request_error'],
  'context-length': [400, 'context_length_exceeded'],
  'content-filter': [400, 'content_filter'],
  authentication: [401, 'invalid_api_key'],
  billing: [402, 'billing_not_active'],
  permission: [403, 'permission_error'],
  'not-found': [404, 'model_not_found'],
  conflict: [409, 'conflict'],
  'too-large': [413, 'request_too_large'],
  'rate-limit': [429, 'rate_limit_exceeded'],
  quota: [429, 'insufficient_quota'],
  cancelled: [499, 'cancelled'],
  server: [500, 'server_error'],
  unknown: [500, 'server_error'],
  overloaded: [503, 'server_error'],
  timeout: [504, 'timeout'],
};
const anthropic: Words = {
  'invalid-request': [400, 'invalid_request_error'],
  'context-length': [400, 'prompt is too long'],
  'content-filter': [400, 'invalid_request_error'],
  authentication: [401, 'authentication_error'],
  billing: [402, 'billing_error'],
  permission: [403, 'permission_error'],
  'not-found': [404, 'not_found_error'],
  conflict: [409, 'invalid_request_error'],
  'too-large': [413, 'request_too_large'],
  'rate-limit': [429, 'rate_limit_error'],
  quota: [429, 'rate_limit_error'],
  cancelled: [499, 'invalid_request_error'],
  server: [500, 'api_error'],
  unknown: [500, 'api_error'],
  overloaded: [529, 'overloaded_error'],
  timeout: [504, 'timeout_error'],
};
const gemini: Words = {
  'invalid-request': [400, 'INVALID_ARGUMENT'],
  'context-length': [400, 'INVALID_ARGUMENT'],
  'content-filter': [400, 'INVALID_ARGUMENT'],
  authentication: [401, 'UNAUTHENTICATED'],
  billing: [402, 'FAILED_PRECONDITION'],
  permission: [403, 'PERMISSION_DENIED'],
  'not-found': [404, 'NOT_FOUND'],
  conflict: [409, 'ABORTED'],
  'too-large': [413, 'INVALID_ARGUMENT'],
  'rate-limit': [429, 'RESOURCE_EXHAUSTED'],
  quota: [429, 'RESOURCE_EXHAUSTED'],
  cancelled: [499, 'CANCELLED'],
  server: [500, 'INTERNAL'],
  unknown: [500, 'INTERNAL'],
  overloaded: [503, 'UNAVAILABLE'],
  timeout: [504, 'DEADLINE_EXCEEDED'],
};
/** Ollama's clients go by the status: `{"error": "words"}` is all they get. */
const ollama = Object.fromEntries(
  Object.entries(openai).map(([kind, [status]]) => [kind, [status, 'it went wrong']]),
) as Words;
const words: Record<string, Words> = {
  'openai-chat': openai,
  'openai-responses': openai,
  'openai-completions': openai,
  'anthropic-messages': anthropic,
  gemini,
  ollama,
  'ollama-prompt': ollama,
};
const kinds = Object.keys(openai) as UpstreamErrorKind[];
const message = 'it went wrong';

/** What `client` writes in the middle of a stream, after a piece of text. */
function streamed(client: BundledDialect, last: CanonicalEvent[], end: 'complete' | 'cut'): Frame[] {
  const { encodeStream } = client.dialect;
  if (encodeStream === undefined) throw new Error(`${client.id} writes no streams`);
  const events: CanonicalEvent[] = [
    { type: 'response-start', id: 'r1', model: 'm' },
    { type: 'part-start', index: 0, part: { type: 'text' } },
    { type: 'part-delta', index: 0, delta: { type: 'text', text: 'Half' } },
    ...last,
  ];
  return copyJson(runStream(encodeStream, [events], contextOf(client, client, stranger), { end }).items);
}

/** True when a client would take the stream for a whole answer. */
function looksWhole(frames: Frame[]): boolean {
  const text = JSON.stringify(frames);
  return /"\[DONE\]"|message_stop|response\.completed|"finishReason":"STOP"|"done":true/.test(text);
}

for (const client of clients) {
  t.test(`${client.id}: every kind of failure has its status and word, whole and in a stream`, (t) => {
    const table = words[client.id];
    const { encodeError } = client.dialect;
    if (table === undefined || encodeError === undefined)
      throw new Error('its reference is not in this test');
    const faults: string[] = [];
    for (const kind of kinds) {
      const [status, word] = table[kind];
      const error: UpstreamError = { kind, message, retryAfterMs: 40_000 };
      const whole = encodeError(error, contextOf(client, client, stranger)).output;
      const body = JSON.stringify(whole.body);
      if (whole.status !== status) faults.push(`${kind} has the status ${whole.status}`);
      if (!body.includes(word) || !body.includes(message)) faults.push(`${kind} is told as ${body}`);
      if (whole.headers?.['retry-after'] !== '40') faults.push(`${kind} does not say when to come back`);
      const frames = streamed(client, [{ type: 'error', error }], 'complete');
      const last = JSON.stringify(frames.at(-1)?.data);
      if (!lastWord(client, word).test(last) || !last.includes(message))
        faults.push(`${kind} ends with ${last}`);
      if (looksWhole(frames)) faults.push(`${kind} looks like success in a stream`);
    }
    for (const end of ['cut', 'complete'] as const) {
      const frames = streamed(client, [], end);
      const last = JSON.stringify(frames.at(-1)?.data);
      if (!last.includes('error') || looksWhole(frames))
        faults.push(`a stream that is ${end} ends with ${last}`);
    }
    t.strictSame(faults, []);
    t.end();
  });
}

/** An event of the Responses API has a code and no type; the types of this table stand for `server_error` there. */
function lastWord({ id }: BundledDialect, word: string): RegExp {
  const isType = id === 'openai-responses' && word.endsWith('_error');
  return isType ? /"code":"[a-z_]+"/ : new RegExp(word);
}

interface Refusal {
  status: number;
  body: Json;
  kind: UpstreamErrorKind;
}
const say = (error: JsonObject): JsonObject => ({ error: { message, ...error } });
const google = (code: number, status: string, text = message): JsonObject => ({
  error: { code, message: text, status },
});
const claude = (type: string, text = message): JsonObject => ({
  type: 'error',
  error: { type, message: text },
});

/** What each service's reference says it answers with. Statuses alone are tried for every dialect. */
const refusals: Record<string, Refusal[]> = {
  'openai-chat': [
    {
      status: 401,
      body: say({ type: 'invalid_request_error', code: 'invalid_api_key' }),
      kind: 'authentication',
    },
    { status: 403, body: say({ code: 'unsupported_country_region_territory' }), kind: 'permission' },
    { status: 404, body: say({ type: 'invalid_request_error', code: 'model_not_found' }), kind: 'not-found' },
    { status: 429, body: say({ type: 'tokens', code: 'rate_limit_exceeded' }), kind: 'rate-limit' },
    { status: 429, body: say({ type: 'insufficient_quota', code: 'insufficient_quota' }), kind: 'quota' },
    { status: 400, body: say({ code: 'context_length_exceeded' }), kind: 'context-length' },
    { status: 400, body: say({ code: 'content_filter' }), kind: 'content-filter' },
    { status: 400, body: say({ type: 'invalid_request_error' }), kind: 'invalid-request' },
    { status: 500, body: say({ type: 'server_error' }), kind: 'server' },
    { status: 503, body: say({ type: 'server_error' }), kind: 'overloaded' },
  ],
  'anthropic-messages': [
    { status: 401, body: claude('authentication_error'), kind: 'authentication' },
    { status: 402, body: claude('billing_error'), kind: 'billing' },
    { status: 403, body: claude('permission_error'), kind: 'permission' },
    { status: 404, body: claude('not_found_error'), kind: 'not-found' },
    { status: 413, body: claude('request_too_large'), kind: 'too-large' },
    { status: 429, body: claude('rate_limit_error'), kind: 'rate-limit' },
    {
      status: 400,
      body: claude('invalid_request_error', `prompt is too long: ${message}`),
      kind: 'context-length',
    },
    { status: 400, body: claude('invalid_request_error'), kind: 'invalid-request' },
    { status: 500, body: claude('api_error'), kind: 'server' },
    { status: 504, body: claude('timeout_error'), kind: 'timeout' },
    { status: 529, body: claude('overloaded_error'), kind: 'overloaded' },
  ],
  gemini: [
    { status: 400, body: google(400, 'INVALID_ARGUMENT'), kind: 'invalid-request' },
    { status: 403, body: google(403, 'PERMISSION_DENIED'), kind: 'permission' },
    { status: 404, body: google(404, 'NOT_FOUND'), kind: 'not-found' },
    { status: 429, body: google(429, 'RESOURCE_EXHAUSTED'), kind: 'rate-limit' },
    {
      status: 400,
      body: google(
        400,
        'INVALID_ARGUMENT',
        `${message}: input token count exceeds the maximum number of tokens allowed`,
      ),
      kind: 'context-length',
    },
    { status: 500, body: google(500, 'INTERNAL'), kind: 'server' },
    { status: 503, body: google(503, 'UNAVAILABLE'), kind: 'overloaded' },
    { status: 504, body: google(504, 'DEADLINE_EXCEEDED'), kind: 'timeout' },
  ],
  ollama: [
    { status: 404, body: { error: `${message}: model 'x' not found` }, kind: 'not-found' },
    { status: 400, body: { error: `${message}: prompt is too long` }, kind: 'context-length' },
  ],
  cohere: [{ status: 400, body: { message: `too many tokens: ${message}` }, kind: 'context-length' }],
};
refusals['openai-responses'] = refusals['openai-chat'] ?? [];
const byStatus: Refusal[] = (
  [
    [401, 'authentication'],
    [403, 'permission'],
    [404, 'not-found'],
    [413, 'too-large'],
    [429, 'rate-limit'],
    [500, 'server'],
    [503, 'overloaded'],
    [529, 'overloaded'],
  ] as const
).map(([status, kind]) => ({ status, kind, body: message }));

for (const provider of providers) {
  t.test(`what ${provider.id} refuses is told in every client's dialect`, (t) => {
    const { decodeError } = provider.dialect;
    if (decodeError === undefined) throw new Error(`${provider.id} reads no errors`);
    const faults: string[] = [];
    for (const { status, body, kind } of [...(refusals[provider.id] ?? []), ...byStatus]) {
      for (const client of clients) {
        const wire = { status, headers: { 'retry-after': '7' }, body: copyJson(body) };
        const error = decodeError(wire, contextOf(provider, client, provider)).output;
        const name = `${status} ${JSON.stringify(body)} for ${client.id}`;
        if (error.kind !== kind) faults.push(`${name} is read as ${error.kind}`);
        const encoded = client.dialect.encodeError?.(error, contextOf(client, client, provider)).output;
        const [expected, word] = words[client.id]?.[kind] ?? [0, ''];
        const text = JSON.stringify(encoded?.body);
        if (kind !== 'server' && encoded?.status !== expected) faults.push(`${name} has ${encoded?.status}`);
        const isOwn = client.plugin === provider.plugin;
        const isNamed = typeof body === 'object';
        if (isNamed && !text.includes(message)) faults.push(`${name} has lost its message: ${text}`);
        if (!isOwn && isNamed && !text.includes(word)) faults.push(`${name} is told as ${text}`);
        if (encoded?.headers?.['retry-after'] !== '7') faults.push(`${name} does not say when to come back`);
      }
    }
    t.strictSame(faults, []);
    t.end();
  });
}
