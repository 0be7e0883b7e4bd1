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
import { encodeRequest } from '../../../plugins/anthropic/src/encode-request.ts';
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

/** `code path` of each warning: what a test of loss compares. */
export function told(warnings: Warning[]): string[] {
  return warnings.map((warning) => `${warning.code} ${warning.path}`);
}

export function frame(data: JsonObject): Frame {
  return typeof data.type === 'string' ? { event: data.type, data } : { data };
}

export function types(events: CanonicalEvent[]): string[] {
  return events.map((event) => event.type);
}
