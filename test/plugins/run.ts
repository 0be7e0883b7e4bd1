import type {
  CanonicalEvent,
  CanonicalRequest,
  EncodedRequest,
  Json,
  JsonObject,
  StreamTranslator,
  TranslateContext,
  Translator,
  Warning,
} from '@dragoman/plugin-sdk';
import { copyJson, runStream } from '@dragoman/plugin-sdk/testing';

/** What came of a client's request, and what was said about it. */
export interface Encoded {
  body: JsonObject;
  warnings: Warning[];
  memo?: Json;
}

export interface Told {
  body: JsonObject;
  warnings: string[];
  memo?: Json;
}

/** What a request of one short message, but for what is given, becomes. */
export function encodeWith(
  encodeRequest: Translator<CanonicalRequest, EncodedRequest>,
  request: Partial<CanonicalRequest>,
  context: TranslateContext,
): Encoded {
  const whole: CanonicalRequest = {
    model: 'any',
    stream: false,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    ...request,
  };
  const { output, warnings = [], memo } = encodeRequest(whole, context);
  const body = copyJson(output.body) as JsonObject;
  return memo === undefined ? { body, warnings } : { body, warnings, memo };
}

/** The same, with each warning as `told` writes it. */
export function encodeTold(
  encodeRequest: Translator<CanonicalRequest, EncodedRequest>,
  request: Partial<CanonicalRequest>,
  context: TranslateContext,
): Told {
  const { warnings, ...encoded } = encodeWith(encodeRequest, request, context);
  return { ...encoded, warnings: told(warnings) };
}

/** `code path` of each warning: what a test of loss compares. */
export function told(warnings: Warning[] = []): string[] {
  return warnings.map(({ code, path }) => `${code} ${path}`);
}

/** What a stream translator gives for these batches; the end is told on its own, after them. */
export function streamWith<In, Out>(
  translator: StreamTranslator<In, Out>,
  batches: In[][],
  context: TranslateContext,
  end: 'complete' | 'cut' = 'complete',
): Out[] {
  return copyJson(runStream(translator, batches, context, { end, endAlone: true }).items);
}

/** The same for items that come one at a time, the end with the last. */
export function streamOneByOne<In, Out>(
  translator: StreamTranslator<In, Out>,
  items: In[],
  context: TranslateContext,
  end: 'complete' | 'cut' = 'complete',
): Out[] {
  return copyJson(runStream(translator, oneByOne(items), context, { end }).items);
}

/** One batch per item. */
export function oneByOne<Item>(items: Item[]): Item[][] {
  return items.map((item) => [item]);
}

export function types(events: CanonicalEvent[]): string[] {
  return events.map(({ type }) => type);
}
