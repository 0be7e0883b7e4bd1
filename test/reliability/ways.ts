import type { JsonObject } from '@dragoman/plugin-sdk';
import type { Test } from 'tap';
import { anthropicFrames, openaiFrames } from '../helpers/answers.ts';
import { type FakeUpstream, startFakeUpstream } from '../helpers/fake-upstream.ts';
import { providersAt, startTestGateway, type TestGateway } from '../helpers/gateway.ts';

/** One way from a client to a service: which dialects, and whether bytes pass through or are translated. */
export interface Way {
  name: string;
  client: 'openai' | 'anthropic';
  provider: 'openai' | 'openai-twin' | 'anthropic' | 'anthropic-twin';
  /** Frames of an answer that is in order, as the service sends them; the first ones make the client's first frame. */
  frames: string[];
}

const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const openai = openaiFrames([
  chunk({ role: 'assistant', content: 'Hello' }),
  chunk({ content: ' there' }),
  chunk({}, 'stop'),
]);
const anthropic = anthropicFrames([
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 9, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: ' there' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 2 },
  },
  { type: 'message_stop' },
]);

export const ways: readonly Way[] = [
  { name: 'openai passed through', client: 'openai', provider: 'openai', frames: openai },
  { name: 'openai translated', client: 'openai', provider: 'openai-twin', frames: openai },
  { name: 'openai to anthropic', client: 'openai', provider: 'anthropic', frames: anthropic },
  { name: 'anthropic passed through', client: 'anthropic', provider: 'anthropic', frames: anthropic },
  { name: 'anthropic to openai', client: 'anthropic', provider: 'openai', frames: openai },
];

/** A reply as any client sees it, whatever its dialect. */
export interface Seen {
  status: number;
  headers: Headers;
  /** `x-dragoman-error`. */
  code: string | null;
  attempts: string | null;
  provider: string | null;
  text: string;
  /** How it ended: `whole`, with an error the client's SDK would raise, or with nothing. */
  end: 'whole' | 'error' | 'nothing';
  /** Terminal events seen; one is right. */
  terminals: number;
  /** The type of the error in the client's dialect. */
  errorType: string | null;
  message: string | null;
  raw: string;
}

export interface Stage extends TestGateway {
  upstream: FakeUpstream;
  /** Serves what `upstream` does not; its answers say which one it was by `x-dragoman-provider: backup`. */
  backup: FakeUpstream;
  /** Asks `model` by this way; default: the way's provider alone. */
  ask(way: Way, stream: boolean, model?: string): Promise<Seen>;
}

export const limits = { connectMs: 3_000, firstByteMs: 1_500, idleMs: 1_500 };

export interface StageOptions {
  /** `server` of gateway.yaml. */
  server?: JsonObject;
  /** Default: `limits`. */
  timeouts?: JsonObject;
  /** Where the four providers are said to be; default: at `upstream`. */
  baseUrl?: string;
}

/** A gateway with short patience and one retry, two services, and for each provider P the route `safe-P`: P, then backup. */
export async function openStage(t: Test, options: StageOptions = {}): Promise<Stage> {
  const { server = {}, timeouts = limits, baseUrl } = options;
  const upstream = await startFakeUpstream({ strict: false });
  const backup = await startFakeUpstream({ strict: false });
  t.teardown(() => Promise.all([upstream.close(), backup.close()]));
  const at = providersAt(upstream) as Record<string, JsonObject>;
  const providers: JsonObject = {};
  for (const [name, settings] of Object.entries(at)) {
    providers[name] = { ...settings, retries: 1, timeouts, ...(baseUrl === undefined ? {} : { baseUrl }) };
  }
  providers.backup = {
    use: 'openai-compatible',
    baseUrl: `${backup.origin}/v1`,
    allowPrivate: true,
    credentials: [{ key: backup.key }],
  };
  const routes = Object.keys(at).map((name) => ({ model: `safe-${name}`, to: [`${name}/m`, 'backup/m'] }));
  const gateway = await startTestGateway(t, upstream, { server, routes, providers });
  return { ...gateway, upstream, backup, ask: (way, stream, model) => ask(gateway, way, stream, model) };
}

async function ask(
  gateway: TestGateway,
  { client, provider }: Way,
  stream: boolean,
  model = `${provider}/m`,
): Promise<Seen> {
  const body = { model, stream, max_tokens: 50, messages: [{ role: 'user', content: 'Hello' }] };
  const path = client === 'openai' ? '/v1/chat/completions' : '/v1/messages';
  const response = await gateway.post(path, body, { 'anthropic-version': '2023-06-01' });
  const raw = await response.text();
  const { status, headers } = response;
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true;
  return {
    status,
    headers,
    code: headers.get('x-dragoman-error'),
    attempts: headers.get('x-dragoman-attempts'),
    provider: headers.get('x-dragoman-provider'),
    raw,
    ...(isStream ? readStream(raw) : readWhole(raw)),
  };
}

type Read = Pick<Seen, 'text' | 'end' | 'terminals' | 'errorType' | 'message'>;

interface Body {
  type?: string;
  error?: { type?: string; message?: string };
  choices?: { delta?: { content?: string }; message?: { content?: string }; finish_reason?: string | null }[];
  content?: { text?: string }[];
  delta?: { text?: string };
}

function readWhole(raw: string): Read {
  const body = parse(raw);
  const text = body?.choices?.[0]?.message?.content ?? body?.content?.[0]?.text ?? '';
  const error = body?.error;
  const end = error !== undefined ? 'error' : text === '' ? 'nothing' : 'whole';
  return { text, end, terminals: 1, errorType: error?.type ?? null, message: error?.message ?? null };
}

function readStream(raw: string): Read {
  const read: Read = { text: '', end: 'nothing', terminals: 0, errorType: null, message: null };
  for (const frame of raw.split('\n\n')) {
    const line = frame.split('\n').find((each) => each.startsWith('data: '));
    if (line === undefined) continue;
    const payload = line.slice('data: '.length);
    const body = payload === '[DONE]' ? { type: 'message_stop' } : parse(payload);
    if (body === null) continue;
    read.text += body.choices?.[0]?.delta?.content ?? body.delta?.text ?? '';
    if (body.error !== undefined) {
      read.terminals++;
      read.end = 'error';
      read.errorType = body.error.type ?? null;
      read.message = body.error.message ?? null;
    } else if (body.type === 'message_stop') {
      read.terminals++;
      if (read.end === 'nothing') read.end = 'whole';
    }
  }
  return read;
}

function parse(text: string): Body | null {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return null;
  }
}
