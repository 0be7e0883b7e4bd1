import type { InboundRoute } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { parseJson } from '../translate/parse-json.ts';
import type { Exchange } from './exchange.ts';
import { type Span, scanBody, spanValue } from './scan-body.ts';

/** What routing has to know of a request, found without parsing its body where possible. */
export interface Facts {
  model: string;
  stream: boolean;
  /** Where the model's name stands in the body; null when it is not a top-level field. */
  modelSpan: Span | null;
}

/** Follows the route's pointers: `/model` into the body, `path.NAME` into the URL. */
export function readFacts(exchange: Exchange): Facts {
  const { route, path, body } = exchange;
  const modelPointer = route.model ?? '';
  const modelKey = topLevelKey(modelPointer);
  const streamKey = typeof route.stream === 'string' ? topLevelKey(route.stream) : null;
  const wanted = [modelKey, streamKey].filter((key) => key !== null);
  const spans = wanted.length === 0 ? new Map<string, Span>() : scanBody(body, wanted);
  const value = (key: string | null): unknown => {
    if (key === null) return undefined;
    return spans === null ? parsedField(exchange, key) : spanValue(body, spans.get(key));
  };
  const named = modelPointer.startsWith('path.') ? path[modelPointer.slice(5)] : value(modelKey);
  if (route.model !== undefined && (typeof named !== 'string' || named === '')) {
    throw new GatewayError('GW_CLIENT_BODY_INVALID', {
      reason: `The request names no model: '${modelPointer.replace('/', '')}' must be a string that is not empty`,
    });
  }
  const modelSpan = modelKey === null || spans === null ? null : (spans.get(modelKey) ?? null);
  return {
    model: typeof named === 'string' ? named : '',
    stream: readStream(route, value(streamKey)),
    modelSpan,
  };
}

function readStream(route: InboundRoute, value: unknown): boolean {
  if (typeof route.stream === 'boolean') return route.stream;
  return typeof value === 'boolean' ? value : (route.streamDefault ?? false);
}

/** `/model` to `model`; pointers that go deeper belong to no dialect so far. */
function topLevelKey(pointer: string): string | null {
  return pointer.startsWith('/') && !pointer.includes('/', 1) ? pointer.slice(1) : null;
}

/** The scanner could not follow the bytes: the parser says what is wrong with them, if anything is. */
function parsedField(exchange: Exchange, key: string): unknown {
  let parsed: unknown;
  try {
    parsed = parseJson(exchange.body.toString('utf8'));
  } catch (cause) {
    const reason = `The request body is not valid JSON: ${(cause as Error).message}`;
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason }, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason: 'The request body must be a JSON object' });
  }
  return (parsed as Record<string, unknown>)[key];
}
