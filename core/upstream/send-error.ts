import { GatewayError } from '../errors/gateway-error.ts';
import { EgressRefusal } from './connector.ts';

export interface FailureContext {
  provider: string;
  host: string;
  connectMs: number;
  /** The head of the answer had arrived. */
  answered: boolean;
}

const notHttp = 'HTTP_PARSER';

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name could not be resolved for now',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  ETIMEDOUT: 'no answer from the network',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'its body is not as long as its content-length says',
  UND_ERR_HEADERS_OVERFLOW: 'its headers are too large',
  UND_ERR_DESTROYED: 'the gateway is closing its connections',
  UND_ERR_CLOSED: 'the gateway is closing its connections',
};

/**
 * What undici or the network reported, as an error of the table. Nothing of it is passed on but a code and, for TLS
 * and DNS, Node's own words: undici's errors can hold bytes of the answer.
 */
export function asSendError(
  error: unknown,
  { provider, host, connectMs, answered }: FailureContext,
): GatewayError {
  // A body that could not be read from the client.
  if (GatewayError.is(error)) return error;
  if (error instanceof EgressRefusal) {
    return new GatewayError('GW_UPSTREAM_REFUSED_HOST', { provider, host, reason: error.message });
  }
  const { code, message, peer } = firstFailure(error);
  const cause = { code, message };
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    const reason = `no connection within ${connectMs} ms`;
    return new GatewayError('GW_UPSTREAM_CONNECT', { provider, host, reason }, { cause });
  }
  const reason = (reasons[code] ?? ownWords(code, message)) + peer;
  if (answered) return new GatewayError('GW_UPSTREAM_TRUNCATED', { provider, reason }, { cause });
  if (code === notHttp || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new GatewayError('GW_UPSTREAM_INVALID', { provider, reason }, { cause });
  }
  return new GatewayError('GW_UPSTREAM_CONNECT', { provider, host, reason }, { cause });
}

interface Failure {
  code: string;
  message: string;
  /** ` (address:port)` where that is known: with a proxy it is not the provider's. */
  peer: string;
}

/** Several addresses were tried and all failed: the first failure speaks for them. */
function firstFailure(error: unknown): Failure {
  const one: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  if (!(one instanceof Error)) return { code: '', message: 'unknown failure', peer: '' };
  const { message } = one;
  // undici leaves the code out for some of llhttp's errors.
  if (one.name === 'HTTPParserError') return { code: notHttp, message, peer: '' };
  const code = 'code' in one && typeof one.code === 'string' ? one.code : '';
  const peer = 'address' in one && 'port' in one ? ` (${String(one.address)}:${String(one.port)})` : '';
  return { code, message, peer };
}

function ownWords(code: string, message: string): string {
  if (code === 'UND_ERR_SOCKET') return 'it closed the connection';
  if (code === notHttp) return `it is not HTTP: ${message}`;
  if (code.includes('CERT') || code.startsWith('ERR_TLS') || code.startsWith('UNABLE_TO_')) {
    return `its TLS certificate is not accepted: ${message}; for a private certificate authority set NODE_EXTRA_CA_CERTS`;
  }
  if (code.startsWith('ERR_SSL_'))
    return `it does not speak TLS as expected (${code}); is it http, not https?`;
  return code === '' ? message : `${message} (${code})`;
}
