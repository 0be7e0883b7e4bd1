import {
  type CanonicalRequest,
  type CountResponse,
  type EncodedRequest,
  isObject,
  type JsonObject,
  leftover,
  type Translated,
  TranslateError,
  type Translator,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';
import { encodeRequest } from './encode-request.ts';

/** What of a conversation is counted; https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseTokensRequest.html */
const COUNTED = ['messages', 'system', 'toolConfig'] as const;
const COUNT_FIELDS = new Set(['inputTokens']);
/** Where an inference profile sends its requests. */
const REGIONS = /^(?:global|us|us-gov|eu|apac|jp|au|ca)\./;

/**
 * `CountTokens` knows models, not the inference profiles by which most of them are called ("The provided model doesn't
 * support counting tokens" otherwise). What is left out here has no tokens, so it is not told as a loss.
 */
export const encodeCountRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const { output, warnings } = encodeRequest(request, context);
  const converse: JsonObject = {};
  if (isObject(output.body)) for (const field of COUNTED) converse[field] = output.body[field];
  const encoded: EncodedRequest = { model: foundationModel(context.model.id), body: { input: { converse } } };
  const counted: Translated<EncodedRequest> = { output: encoded };
  if (warnings !== undefined) counted.warnings = warnings;
  return counted;
};

/** `us.anthropic.claude-...`, or the ARN of such a profile, to the model's own id. */
export function foundationModel(id: string): string {
  const profile = /^arn:.*:inference-profile\/(.+)$/.exec(id)?.[1] ?? id;
  return profile.replace(REGIONS, '');
}

export const decodeCountResponse: Translator<WireResponse, CountResponse> = ({ body }) => {
  if (!isObject(body) || typeof body.inputTokens !== 'number') {
    throw new TranslateError('invalid-input', 'The reply is not a token count', '/body');
  }
  const count: CountResponse = { inputTokens: body.inputTokens, estimated: false };
  const own = leftover(body, COUNT_FIELDS);
  if (own !== undefined) count.extensions = { [DIALECT]: own };
  return { output: count };
};
