import {
  type CanonicalResponse,
  clientToolName,
  isCustomTool,
  isObject,
  isStrings,
  type JsonObject,
  leftover,
  makeId,
  type Part,
  type TranslateContext,
  TranslateError,
  type Translator,
  unwrapInput,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { parseDate } from './dates.ts';
import { decodeCall, toCallPart, type WireCall } from './decode-calls.ts';
import { DIALECT } from './dialect.ts';
import { decodeFinish } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { decodeImage } from './media.ts';
import { decodeUsage, METRICS } from './usage.ts';

/** Fields of a reply or frame of `/api/chat` or `/api/generate` that the hub has words for. */
const REPLY_FIELDS: ReadonlySet<string> = new Set([
  ...METRICS,
  'model',
  'created_at',
  'message',
  'response',
  'thinking',
  'tool_calls',
  'images',
  'done',
  'done_reason',
  'logprobs',
]);
const MESSAGE_FIELDS = new Set(['role', 'content', 'thinking', 'images', 'tool_calls']);

export const decodeResponse: Translator<WireResponse, CanonicalResponse> = ({ body }, context) => {
  if (!isObject(body) || (!isObject(body.message) && typeof body.response !== 'string')) {
    throw new TranslateError('invalid-input', 'The reply holds no message', '/body');
  }
  const own = ownReplyFields(body) ?? {};
  const said = isObject(body.message) ? body.message : { ...body, content: body.response };
  if (isObject(body.message)) keepUnread(body.message, own);
  const parts = decodeParts(said, body, context);
  const hasCalls = parts.some((part) => part.type === 'tool-call');
  const response: CanonicalResponse = {
    id: makeId(context, 'ollama', 0),
    model: typeof body.model === 'string' ? body.model : context.model.id,
    parts,
    finish: decodeFinish(body.done_reason, hasCalls),
    usage: decodeUsage(body) ?? {},
  };
  const createdAt = parseDate(body.created_at);
  if (createdAt !== undefined) response.createdAt = createdAt;
  for (const _ in own) {
    response.extensions = { [DIALECT]: own };
    break;
  }
  return { output: response };
};

/** What of a reply or frame the hub has no word for, and the date as it came: it is finer than seconds. */
export function ownReplyFields(body: JsonObject): JsonObject | undefined {
  const own = leftover(body, REPLY_FIELDS);
  if (typeof body.created_at !== 'string') return own;
  return { ...own, $created_at: body.created_at };
}

/** Fields of a message that are empty or unknown go back as they came. */
function keepUnread(message: JsonObject, own: JsonObject): void {
  const rest: JsonObject = leftover(message, MESSAGE_FIELDS) ?? {};
  const { thinking, images, tool_calls: calls } = message;
  if (thinking !== undefined && (typeof thinking !== 'string' || thinking === '')) rest.thinking = thinking;
  if (images !== undefined && (!isStrings(images) || images.length === 0)) rest.images = images;
  if (calls !== undefined && (!Array.isArray(calls) || calls.length === 0)) rest.tool_calls = calls;
  for (const _ in rest) {
    own.$message = rest;
    break;
  }
}

function decodeParts(said: JsonObject, body: JsonObject, context: TranslateContext): Part[] {
  const parts: Part[] = [];
  if (typeof said.thinking === 'string' && said.thinking !== '') {
    parts.push({ type: 'reasoning', text: said.thinking });
  }
  if (isStrings(said.images)) for (const image of said.images) parts.push(decodeImage(image));
  if (typeof said.content === 'string' && said.content !== '') {
    parts.push({ type: 'text', text: said.content });
  }
  const calls = Array.isArray(said.tool_calls) ? said.tool_calls : [];
  for (let index = 0; index < calls.length; index++) {
    const call = decodeCall(calls[index] ?? null);
    if (call !== undefined) parts.push(decodeReplyCall(call, index, context));
  }
  const logprobs = decodeLogprobs(body.logprobs);
  // One list for the whole reply: it is the answer's, which comes last.
  const owner = parts.find((part) => part.type === 'text') ?? parts[0];
  if (logprobs.length > 0 && owner !== undefined && 'text' in owner) owner.logprobs = logprobs;
  return parts;
}

/** A call under the client's name of the tool, with an id if the server gave none. */
export function decodeReplyCall(call: WireCall, position: number, context: TranslateContext) {
  const part = toCallPart(call, call.id ?? makeId(context, 'call', position));
  Object.assign(part, clientToolName(context, call.name));
  if (isCustomTool(context, call.name)) {
    part.kind = 'custom';
    part.input = unwrapInput(part.input);
  }
  return part;
}
