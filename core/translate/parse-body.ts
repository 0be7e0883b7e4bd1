import { isUtf8 } from 'node:buffer';
import type { Json } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { isOverflow, nestedTooDeeply } from './nesting.ts';
import { parseJson } from './parse-json.ts';

/**
 * The JSON of a client's body. Fails with GW_CLIENT_BODY_INVALID, also for bytes that are not UTF-8: they would turn into
 * other characters without anybody being told.
 */
export function parseBody(body: Buffer): Json {
  if (!isUtf8(body)) throw invalid(isUtf16(body) ? 'is UTF-16; JSON is sent as UTF-8' : 'is not valid UTF-8');
  try {
    return parseJson(body.toString('utf8'));
  } catch (cause) {
    throw invalid(explain(body, cause), cause);
  }
}

function explain(body: Buffer, cause: unknown): string {
  if (body.length === 0) return 'is empty; JSON was expected';
  if (body[0] === 0xef && body[1] === 0xbb) return 'begins with a byte order mark; JSON is sent without one';
  // The parser itself follows any depth, but not where it has to leave out keys.
  return isOverflow(cause) ? nestedTooDeeply : `is not valid JSON: ${(cause as Error).message}`;
}

function isUtf16([first, second]: Buffer): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

function invalid(what: string, cause?: unknown): GatewayError {
  return new GatewayError('GW_CLIENT_BODY_INVALID', { reason: `The request body ${what}` }, { cause });
}
