import type { EncodedError, ModelInfo } from '@dragoman/plugin-sdk';
import type { GatewayError } from '../errors/gateway-error.ts';
import { asUpstreamError } from '../errors/upstream-error.ts';
import type { LoadedDialect, Snapshot } from '../plugins/snapshot.ts';
import type { BaseContext, Memos, TranslateStep } from '../translate/runner.ts';
import { planDialect } from './plans.ts';
import { dialectHeaders, requestIdHeaders } from './reply-headers.ts';

export interface ErrorReply {
  status: number;
  headers: Record<string, string>;
  body: Buffer | string;
}

const unknownModel: ModelInfo = { id: '', input: [], output: [], features: [] };

/** The error in the client's own dialect, with our code in `x-dragoman-error`. Never fails. */
export async function clientError(
  error: GatewayError,
  dialect: LoadedDialect | undefined,
  snapshot: Snapshot,
  requestId: string,
  memos: Memos = [],
): Promise<ErrorReply> {
  const headers = requestIdHeaders(requestId, dialect);
  headers['content-type'] = 'application/json';
  headers['x-dragoman-error'] = error.code;
  if (error.retryAfterMs !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  }
  if (error.passed !== undefined) {
    const { status, contentType, body } = error.passed;
    headers['content-type'] = contentType;
    return { status, headers, body };
  }
  const encoded = dialect === undefined ? null : await encode(error, dialect, snapshot, requestId, memos);
  if (encoded === null) return { status: error.status, headers, body: plainError(error) };
  // Only an upstream's error is given the status its kind has in the client's dialect; ours have their own.
  const isTheirs = error.code === 'GW_UPSTREAM_STATUS' && encoded.status >= 400;
  const status = isTheirs ? encoded.status : error.status;
  if (encoded.headers !== undefined) Object.assign(headers, dialectHeaders(encoded.headers));
  return { status, headers, body: JSON.stringify(encoded.body) };
}

async function encode(
  error: GatewayError,
  dialect: LoadedDialect,
  snapshot: Snapshot,
  requestId: string,
  memos: Memos,
): Promise<EncodedError | null> {
  const { module, config } = planDialect(dialect);
  const step: TranslateStep = {
    type: 'translate',
    module,
    target: `dialect:${dialect.id}`,
    function: 'encodeError',
    config,
    memoOf: 0,
  };
  const context: BaseContext = {
    requestId,
    now: Date.now(),
    operation: 'chat',
    model: unknownModel,
    provider: { id: '', family: '', dialect: '', options: {} },
    client: { dialect: dialect.id },
  };
  try {
    const run = await snapshot.runner.call([step], asUpstreamError(error) as never, context, memos);
    return run.output as unknown as EncodedError;
  } catch {
    // The dialect's own code failed while an error was being told: the plain form still tells it.
    return null;
  }
}

/** For paths that belong to no dialect: the shape most clients read. */
export function plainError(error: GatewayError): string {
  const { message, code } = error;
  const type = error.status < 500 ? 'invalid_request_error' : 'server_error';
  return JSON.stringify({ error: { message, type, param: null, code } });
}
