import type {
  CanonicalEvent,
  CanonicalRequest,
  Frame,
  Json,
  JsonObject,
  StreamTranslator,
  TranslateContext,
  Warning,
} from '@dragoman/plugin-sdk';
import { decodeRequest } from '../../../plugins/gemini/src/decode-request.ts';
import { encodeRequest } from '../../../plugins/gemini/src/encode-request.ts';
import { makeContext } from './context.ts';

/** Runs a stream translator as the host does: one call per batch, the state through JSON in between. */
export function runStream<In, Out>(
  translator: StreamTranslator<In, Out>,
  batches: In[][],
  context: TranslateContext = makeContext(),
  end: 'complete' | 'cut' = 'complete',
): Out[] {
  const items: Out[] = [];
  let state: Json = null;
  for (const batch of batches) {
    const { output } = translator({ state, items: batch }, context);
    state = JSON.parse(JSON.stringify(output.state));
    items.push(...output.items);
  }
  items.push(...translator({ state, items: [], end }, context).output.items);
  return JSON.parse(JSON.stringify(items));
}

/** One batch per item. */
export function oneByOne<Item>(items: Item[]): Item[][] {
  return items.map((item) => [item]);
}

/** What a client's request becomes, and what was said about it. */
export function encode(
  request: Partial<CanonicalRequest>,
  context: TranslateContext = makeContext(),
): { body: JsonObject; warnings: Warning[]; memo?: Json } {
  const whole: CanonicalRequest = {
    model: 'any',
    stream: false,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    ...request,
  };
  const translated = encodeRequest(whole, context);
  const body = JSON.parse(JSON.stringify(translated.output.body));
  return translated.memo === undefined
    ? { body, warnings: translated.warnings ?? [] }
    : { body, warnings: translated.warnings ?? [], memo: translated.memo };
}

/** A body of this dialect in the hub's words. */
export function decode(body: JsonObject, path: Record<string, string> = { model: 'm' }): CanonicalRequest {
  const wire = { path, query: {}, headers: {}, body: { contents: [], ...body } };
  return JSON.parse(JSON.stringify(decodeRequest(wire, makeContext()).output));
}

/** `code path` of each warning: what a test of loss compares. */
export function told(warnings: Warning[]): string[] {
  return warnings.map((warning) => `${warning.code} ${warning.path}`);
}

/** A chunk with parts of the first candidate. */
export function chunk(parts: Json[], more: JsonObject = {}, beside: JsonObject = {}): Frame {
  return {
    data: {
      candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
      modelVersion: 'gemini-3-flash-preview',
      responseId: 'r1',
      ...beside,
    },
  };
}

export function types(events: CanonicalEvent[]): string[] {
  return events.map((event) => event.type);
}
