import type { EncodedRequest, Json, JsonObject, ProviderPlugin } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { checkOutput } from './check-output.ts';
import { depthError } from './failure.ts';
import { parseBody } from './parse-body.ts';
import { parseJson } from './parse-json.ts';
import { type Meter, runSteps } from './run-steps.ts';
import { createStreamState, runStream, type StreamItems } from './run-stream.ts';
import type {
  EarlierTurn,
  ModuleRef,
  RequestInput,
  RequestOutput,
  ResponseInput,
  ResponseOutput,
  Runner,
  StreamBatch,
} from './runner.ts';

/** Runs steps on this thread. Nothing it returns is a promise. */
export function createInlineRunner(
  meter?: Meter,
  resolve: (module: ModuleRef) => ProviderPlugin = exportsOf,
): Runner {
  return {
    request: (steps, input, context) =>
      finishRequest(runSteps(steps, parseRequest(input), context, [], resolve, checkOutput, meter)),
    response: (steps, input, context, memos) =>
      finishResponse(runSteps(steps, parseResponse(input), context, memos, resolve, checkOutput, meter)),
    call: (steps, input, context, memos) =>
      runSteps(steps, input, context, memos, resolve, checkOutput, meter),
    stream(steps, framing, context, memos) {
      const state = createStreamState(steps);
      const run = (items: StreamItems, end?: 'complete' | 'cut'): StreamBatch =>
        runStream(steps, state, items, end, framing, context, memos, resolve, checkOutput, meter);
      return {
        push: (frames, end) => run({ type: 'frames', frames }, end),
        pushEvents: (events, end) => run({ type: 'events', events }, end),
        fail: (error) => run({ type: 'events', events: [{ type: 'error', error }] }, 'complete'),
      };
    },
    close: () => Promise.resolve(),
  };
}

function exportsOf(module: ModuleRef): ProviderPlugin {
  if (module.exports !== undefined) return module.exports;
  throw new GatewayError('GW_PLUGIN_LOAD', {
    plugin: module.plugin,
    reason: 'its code is not loaded on this thread',
  });
}

/** Bytes of a client's request to what `decodeRequest` takes. Shared with the worker. */
export function parseRequest(input: RequestInput): Json {
  const { path, query, headers } = input;
  if (input.body.byteLength === 0) return { path, query, headers, body: null };
  const body = parseBody(input.body);
  const { earlier, referred } = input;
  if (earlier === undefined && referred === undefined) return { path, query, headers, body };
  const told: JsonObject = {};
  if (earlier !== undefined) told.earlier = earlier.map(parseTurn);
  if (referred !== undefined) told.referred = referred.map(parseTurn);
  return { path, query, headers, body, ...told };
}

/** What was kept of an earlier turn, as translators see it. */
export function parseTurn({ input, reply }: EarlierTurn): { input: Json; reply: Json } {
  try {
    return { input: parseBytes(input), reply: parseBytes(reply) };
  } catch (cause) {
    const reason = `An earlier turn of the conversation is not valid JSON: ${(cause as Error).message}`;
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason }, { cause });
  }
}

function parseBytes(bytes: Uint8Array): Json {
  if (bytes.byteLength === 0) return null;
  return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}

/** Bytes of an upstream's answer to what `decodeResponse` takes; text that is not JSON stays text. */
export function parseResponse(input: ResponseInput): Json {
  const text = input.body.toString('utf8');
  let body: Json = text;
  try {
    body = parseJson(text);
  } catch {
    // An HTML error page or plain text: the dialect's decoder says what to make of it.
  }
  return { status: input.status, headers: input.headers, body };
}

export function finishRequest(run: ReturnType<typeof runSteps>): RequestOutput {
  const encoded = run.output as unknown as EncodedRequest;
  return {
    body: stringify(encoded.body, 'encodeRequest'),
    endpoint: encoded.endpoint,
    model: encoded.model,
    query: encoded.query,
    headers: encoded.headers,
    warnings: run.warnings,
    memos: run.memos,
  };
}

export function finishResponse(run: ReturnType<typeof runSteps>): ResponseOutput {
  return {
    body: stringify(run.output, 'encodeResponse'),
    usage: run.usage,
    finish: run.finish,
    warnings: run.warnings,
  };
}

/** V8 parses any depth but writes only some thousand levels: that is the doing of whoever sent it, not a fault of ours. */
function stringify(value: Json, name: 'encodeRequest' | 'encodeResponse'): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw depthError({ function: name, target: 'dialect:' }, cause);
  }
}
