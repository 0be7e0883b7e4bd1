import {
  type CanonicalResponse,
  isObject,
  type JsonObject,
  leftover,
  makeId,
  type Part,
  TranslateError,
  type Translator,
  UpstreamFailure,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeBlock } from './decode-blocks.ts';
import { DIALECT } from './dialect.ts';
import { decodeFinish, failureOf } from './finish.ts';
import { readModelRules } from './model-rules.ts';
import { decodeUsage } from './usage.ts';

const REPLY_FIELDS = new Set(['output', 'stopReason', 'usage', 'serviceTier']);

export const decodeResponse: Translator<WireResponse, CanonicalResponse> = ({ body, headers }, context) => {
  const message = isObject(body) && isObject(body.output) ? body.output.message : undefined;
  if (!isObject(body) || !isObject(message)) {
    throw new TranslateError('invalid-input', 'The reply holds no message', '/body/output/message');
  }
  const { family } = readModelRules(context);
  const parts: Part[] = [];
  const content = Array.isArray(message.content) ? message.content : [];
  for (let index = 0; index < content.length; index++) {
    const part = decodeBlock(content[index] ?? null, index, family, context);
    if (part !== undefined) parts.push(part);
  }
  const response: CanonicalResponse = {
    id: headers['x-amzn-requestid'] ?? makeId(context, 'bedrock', 0),
    // The service does not say which model answered, but for a router of prompts, whose trace stays in the extensions.
    model: context.model.id,
    parts,
    finish: decodeFinish(body.stopReason, body.additionalModelResponseFields),
    usage: decodeUsage(body.usage),
  };
  const failure = failureOf(response.finish);
  if (failure !== undefined) throw new UpstreamFailure(failure);
  writeRest(response, body);
  return { output: response };
};

/** Times, traces of guardrails and what else the service tells beside the answer. */
function writeRest(response: CanonicalResponse, body: JsonObject): void {
  const tier = isObject(body.serviceTier) ? body.serviceTier.type : undefined;
  if (typeof tier === 'string') response.serviceTier = tier;
  const own = leftover(body, REPLY_FIELDS);
  if (own !== undefined) response.extensions = { [DIALECT]: own };
}
