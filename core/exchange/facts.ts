import type { InboundRoute } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { isTooDeep, maxDepth, nestedTooDeeply } from '../translate/nesting.ts';
import { parseBody } from '../translate/parse-body.ts';
import type { Exchange } from './exchange.ts';
import { type Marks, type Span, scanBody, spanValue } from './scan-body.ts';

/** What routing has to know of a request, found without parsing its body where possible. */
export interface Facts {
  model: string;
  stream: boolean;
  /** Where the model's name stands in the body; null when it is not a top-level field. */
  modelSpan: Span | null;
  /** Which of the marks that were asked for the body has; null when it was not looked for them. */
  seen: readonly string[] | null;
  /** What it says of keeping its reply; null when its route keeps none. */
  keep: KeepFacts | null;
}
export interface KeepFacts {
  isWanted: boolean;
  /** Id of the reply it continues. */
  previous: string | undefined;
  /** JSON of what is kept of it; empty where it has none. */
  input: Buffer;
}

const noSpans: ReadonlyMap<string, Span> = new Map();

/** It stands in headers of the reply and in the log. The longest there are are ARNs of Bedrock. */
const maxModelLength = 2_048;

/** Follows the route's pointers: `/model` into the body, `path.NAME` into the URL. Looks for `marks` on its way. */
export function readFacts(exchange: Exchange, marks: Marks | null = null): Facts {
  const { route, path, body, upload } = exchange;
  if (upload !== undefined) {
    return { model: upload.model ?? '', stream: false, modelSpan: null, seen: null, keep: null };
  }
  const modelPointer = route.model ?? '';
  const modelKey = topLevelKey(modelPointer);
  const streamKey = typeof route.stream === 'string' ? topLevelKey(route.stream) : null;
  const { keep } = route;
  const wanted = [modelKey, streamKey].filter((key) => key !== null);
  if (keep !== undefined) for (const pointer of keepPointers(keep)) wanted.push(pointer.slice(1));
  const seen: string[] = [];
  const isScanned = isWorthScanning(exchange, wanted);
  // Null when the parser has to say what is there.
  const spans = isScanned ? scanBody(body, wanted, marks ?? undefined, seen) : noSpans;
  if (spans === null && wanted.length === 0) parseObject(exchange);
  const value = (key: string | null): unknown => {
    if (key === null) return undefined;
    return spans === null ? parsedField(exchange, key) : spanValue(body, spans.get(key));
  };
  const named = modelPointer.startsWith('path.') ? path[modelPointer.slice(5)] : value(modelKey);
  // Where nothing is translated the service may have a model of its own choice.
  const mayLack = route.endpoint !== undefined && (named === undefined || named === null);
  if (route.model !== undefined && !mayLack && (typeof named !== 'string' || named === '')) {
    throw new GatewayError('GW_CLIENT_BODY_INVALID', {
      reason: `The request names no model: '${modelPointer.replace('/', '')}' must be a string that is not empty`,
    });
  }
  if (typeof named === 'string' && named.length > maxModelLength) {
    const reason = `The model's name is longer than ${maxModelLength} characters`;
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason });
  }
  const modelSpan = modelKey === null || spans === null ? null : (spans.get(modelKey) ?? null);
  return {
    model: typeof named === 'string' ? named : '',
    stream: readStream(route, exchange.query, value(streamKey)),
    modelSpan,
    seen: marks !== null && isScanned && spans !== null ? seen : null,
    keep: keep === undefined ? null : readKeep(exchange, keep, spans, value),
  };
}

/** Also finds that a body is nested too deeply, before anybody walks it: each level takes two bytes at least. */
function isWorthScanning({ body, route }: Exchange, wanted: readonly string[]): boolean {
  return wanted.length > 0 || (body.length > 2 * maxDepth && route.endpoint === undefined);
}

type Keep = NonNullable<InboundRoute['keep']>;

function keepPointers({ store, previous, input }: Keep): string[] {
  return [store, previous, input];
}

function readKeep(
  { body }: Exchange,
  keep: Keep,
  spans: ReadonlyMap<string, Span> | null,
  value: (key: string) => unknown,
): KeepFacts {
  const store = value(keep.store.slice(1));
  const previous = value(keep.previous.slice(1));
  const inputKey = keep.input.slice(1);
  const span = spans?.get(inputKey);
  const input = spans === null ? JSON.stringify(value(inputKey) ?? null) : '';
  return {
    isWanted: typeof store === 'boolean' ? store : (keep.storeDefault ?? true),
    previous: typeof previous === 'string' && previous !== '' ? previous : undefined,
    input: span === undefined ? Buffer.from(input) : body.subarray(span.start, span.end),
  };
}

function readStream(route: InboundRoute, query: Record<string, string>, value: unknown): boolean {
  if (typeof route.stream === 'boolean') return route.stream;
  if (route.stream?.startsWith('query.') === true) return query[route.stream.slice(6)] === 'true';
  return typeof value === 'boolean' ? value : (route.streamDefault ?? false);
}

/** `/model` to `model`; pointers that go deeper belong to no dialect so far. */
function topLevelKey(pointer: string): string | null {
  return pointer.startsWith('/') && !pointer.includes('/', 1) ? pointer.slice(1) : null;
}

function parsedField(exchange: Exchange, key: string): unknown {
  return parseObject(exchange)[key];
}

/** The scanner could not follow the bytes: the parser says what is wrong with them, if anything is. */
function parseObject({ body }: Exchange): Record<string, unknown> {
  const parsed = parseBody(body);
  if (isTooDeep(parsed)) {
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason: `The request body ${nestedTooDeeply}` });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason: 'The request body must be a JSON object' });
  }
  return parsed;
}
