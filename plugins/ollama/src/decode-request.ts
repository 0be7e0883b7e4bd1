import {
  type CanonicalRequest,
  isStrings,
  type JsonObject,
  leftover,
  type Message,
  type Part,
  TranslateError,
  type Translator,
  type WireRequest,
} from '@dragoman/plugin-sdk';
import { decodeMessages } from './decode-messages.ts';
import { decodeSettings, SETTINGS } from './decode-settings.ts';
import { decodeTool } from './decode-tools.ts';
import { DIALECT, requireBody } from './dialect.ts';
import { decodeImage } from './media.ts';

const CHAT_FIELDS: ReadonlySet<string> = new Set([...SETTINGS, 'messages', 'tools']);
const PROMPT_FIELDS: ReadonlySet<string> = new Set([...SETTINGS, 'prompt', 'system']);

/**
 * `/api/chat`. The extensions of the request are always there, which tells `encodeRequest` that it may write everything
 * back as it came. Without messages the server only loads the model.
 */
export const decodeRequest: Translator<WireRequest, CanonicalRequest> = (wire) => {
  const body = requireBody(wire.body);
  const own: JsonObject = leftover(body, CHAT_FIELDS) ?? {};
  const list = body.messages ?? [];
  if (!Array.isArray(list)) {
    throw new TranslateError('invalid-input', 'messages must be an array', '/messages');
  }
  if (body.messages === undefined || body.messages === null) own.$messages = body.messages ?? 'none';
  const request: CanonicalRequest = {
    model: body.model,
    messages: decodeMessages(list),
    stream: body.stream !== false,
  };
  if (Array.isArray(body.tools)) request.tools = body.tools.map(decodeTool);
  else if (body.tools !== undefined) own.tools = body.tools;
  decodeSettings(body, request, own);
  request.extensions = { [DIALECT]: own };
  return { output: request };
};

/** `/api/generate`: one prompt, perhaps with a system text and images. */
export const decodePrompt: Translator<WireRequest, CanonicalRequest> = (wire) => {
  const body = requireBody(wire.body);
  const own: JsonObject = leftover(body, PROMPT_FIELDS) ?? {};
  own.$form = 'generate';
  const messages: Message[] = [];
  if (typeof body.system === 'string' && body.system !== '') {
    messages.push({ role: 'system', parts: [{ type: 'text', text: body.system }] });
  } else if (body.system !== undefined) own.system = body.system;
  const parts: Part[] = [];
  if (isStrings(own.images) && own.images.length > 0) {
    for (const image of own.images) parts.push(decodeImage(image));
    delete own.images;
  }
  if (typeof body.prompt === 'string' && body.prompt !== '') parts.push({ type: 'text', text: body.prompt });
  else if (body.prompt !== undefined) own.prompt = body.prompt;
  if (parts.length > 0) messages.push({ role: 'user', parts });
  const request: CanonicalRequest = { model: body.model, messages, stream: body.stream !== false };
  decodeSettings(body, request, own);
  request.extensions = { [DIALECT]: own };
  return { output: request };
};
