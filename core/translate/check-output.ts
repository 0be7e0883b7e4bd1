import type { Json, TranslateFunction } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { TranslateStep } from './runner.ts';
import { arrayOf, type Fault, findNonJson, isObject, object, optional, type Shape, value } from './shape.ts';

/**
 * Holds a step's output to the form its function promises, so that a plugin's mistake is reported where it was made and
 * not by the next plugin that trips over it. Called only for modules with `checked`. What depends on a tag (the parts of
 * a message, the deltas of a part) is left to whoever reads it: an unknown tag is dropped there with a warning.
 */
export function checkOutput(step: TranslateStep, output: Json): void {
  const fault = present(output) ?? shapes[step.function](output) ?? findNonJson(output);
  if (fault === undefined) return;
  const { reason } = fault;
  const path = fault.path.slice(0, 200);
  throw new GatewayError('GW_TRANSLATE_FAILED', {
    plugin: step.module.plugin,
    function: step.function,
    reason: path === '' ? `its output ${reason}` : `its output ${reason} at ${path}`,
    path,
  });
}

const text = value('string');
const count = value('number');
const flag = value('boolean');
const strings: Shape = (given) => {
  if (!isObject(given)) return { path: '', reason: 'is not an object' };
  for (const key of Object.keys(given)) {
    const fault = text(given[key]);
    if (fault !== undefined) return { path: `/${key}`, reason: fault.reason };
  }
  return undefined;
};
const present: Shape = (given): Fault | undefined =>
  given === undefined
    ? { path: '', reason: 'is missing (translators return { output }, never a promise)' }
    : undefined;

const tagged = object({ type: text });
const parts = arrayOf(tagged);
const finish = object({ reason: text });
const usage = object({ inputTokens: optional(count), outputTokens: optional(count) });
const request = object({
  model: text,
  messages: arrayOf(object({ role: text, parts })),
  stream: flag,
  tools: optional(arrayOf(tagged)),
});
const response = object({
  id: text,
  model: text,
  parts,
  finish,
  usage,
  candidates: optional(arrayOf(object({ parts, finish }))),
});
const encodedRequest = object({
  body: present,
  endpoint: optional(text),
  query: optional(strings),
  headers: optional(strings),
});
const wireResponse = object({ status: count, headers: strings, body: present });
const stream = (items: Shape): Shape => object({ state: present, items: arrayOf(items) });
const frames = stream(object({ event: optional(text), data: present }));
const tokens = object({ inputTokens: count, estimated: flag });
const vectors = object({ model: text, vectors: arrayOf(arrayOf(count)), usage });

const shapes: Record<TranslateFunction, Shape> = {
  decodeRequest: request,
  encodeRequest: encodedRequest,
  adaptRequest: encodedRequest,
  adaptResponse: wireResponse,
  decodeResponse: response,
  encodeResponse: present,
  adaptStream: frames,
  decodeStream: stream(tagged),
  encodeStream: frames,
  decodeError: object({ kind: text, message: text }),
  encodeError: object({ status: count, body: present, headers: optional(strings) }),
  decodeModels: arrayOf(object({ id: text })),
  encodeModels: present,
  encodeModel: present,
  decodeEmbed: object({ model: text, input: arrayOf(present) }),
  encodeEmbedRequest: encodedRequest,
  decodeEmbedResponse: vectors,
  encodeEmbed: present,
  decodeCount: request,
  encodeCountRequest: encodedRequest,
  decodeCountResponse: tokens,
  encodeCount: present,
  respond: arrayOf(tagged),
  embed: vectors,
  count: tokens,
};
