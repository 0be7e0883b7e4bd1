import { type CanonicalRequest, type JsonObject, warn } from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import type { RequestWriter } from './writer.ts';

/** The service refuses a request with more. */
const MAX_STOPS = 4;

/**
 * Temperature, nucleus, penalties, seed, candidates, log probabilities and stop sequences. `effort` is the reasoning
 * effort the model will work with; `undefined`: its own, which is some.
 */
export function encodeSampling(
  request: CanonicalRequest,
  model: string,
  effort: string | undefined,
  body: JsonObject,
  writer: RequestWriter,
): void {
  if (writer.isOwn || takesSampling(effort, writer)) writeFree(request, body, writer);
  else dropFixed(request, model, writer);
  if (request.topK !== undefined) {
    if (writer.options.topK ?? writer.isOwn) body.top_k = request.topK;
    else warn(writer, 'dropped', '/topK', "the service has no counterpart of 'topK'");
  }
  if (request.candidates !== undefined) body.n = request.candidates;
  if (request.seed !== undefined) body.seed = request.seed;
}

function takesSampling(effort: string | undefined, { rule }: RequestWriter): boolean {
  if (rule.sampling === 'never') return false;
  return rule.sampling === undefined || effort === 'none';
}

function writeFree(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  if (request.temperature !== undefined) body.temperature = request.temperature;
  if (request.topP !== undefined) body.top_p = request.topP;
  if (request.frequencyPenalty !== undefined) body.frequency_penalty = request.frequencyPenalty;
  if (request.presencePenalty !== undefined) body.presence_penalty = request.presencePenalty;
  if (request.logitBias !== undefined) body.logit_bias = request.logitBias;
  if (request.logprobs !== undefined) {
    body.logprobs = true;
    if (request.logprobs.top !== undefined) body.top_logprobs = request.logprobs.top;
  }
  if (request.stop !== undefined) writeStop(request, request.stop, body, writer);
}

function writeStop(request: CanonicalRequest, stop: string[], body: JsonObject, writer: RequestWriter): void {
  if (writer.isOwn) {
    body.stop = ownFields(request.extensions)?.$stop === 'string' && stop.length === 1 ? stop[0] : stop;
    return;
  }
  if (stop.length === 0) return;
  body.stop = stop.length > MAX_STOPS ? stop.slice(0, MAX_STOPS) : stop;
  for (let index = MAX_STOPS; index < stop.length; index++) {
    warn(writer, 'dropped', `/stop/${index}`, `only ${MAX_STOPS} stop sequences are accepted`);
  }
}

/** The service answers 400 to any of them, even to its own default. */
function dropFixed(request: CanonicalRequest, model: string, writer: RequestWriter): void {
  const lose = (field: keyof CanonicalRequest): void =>
    warn(writer, 'dropped', `/${field}`, `the model '${model}' takes no '${field}' while it reasons`);
  if (request.temperature !== undefined && request.temperature !== 1) lose('temperature');
  if (request.topP !== undefined && request.topP !== 1) lose('topP');
  if (request.frequencyPenalty !== undefined && request.frequencyPenalty !== 0) lose('frequencyPenalty');
  if (request.presencePenalty !== undefined && request.presencePenalty !== 0) lose('presencePenalty');
  if (request.logitBias !== undefined && Object.keys(request.logitBias).length > 0) lose('logitBias');
  if (request.logprobs !== undefined) lose('logprobs');
  if (request.stop !== undefined && request.stop.length > 0) lose('stop');
}
