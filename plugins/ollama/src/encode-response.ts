import {
  type CanonicalResponse,
  createWarnings,
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type TokenLogprob,
  type TranslateContext,
  type Translated,
  type Translator,
  tellResponse,
  type Warning,
  type Warnings,
} from '@dragoman/plugin-sdk';
import { formatDate } from './dates.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { clientName, encodeCall } from './encode-call.ts';
import { encodeFinish } from './finish.ts';
import { encodeLogprobs } from './logprobs.ts';
import { REPLY_FORM } from './reply-form.ts';
import { writeUsage } from './usage.ts';

/** What the parts of a reply are on the wire. */
interface Said {
  thinking: string;
  content: string;
  images: Json[];
  calls: Json[];
  logprobs: TokenLogprob[];
}

/** A reply of `/api/chat`. */
export const encodeResponse: Translator<CanonicalResponse, Json> = (response, context) =>
  encodeReply(response, context, (said, own) => {
    const message: JsonObject = { role: 'assistant', content: said.content };
    writeSaid(message, said);
    return { message: isObject(own?.$message) ? { ...message, ...own.$message } : message };
  });

/** A reply of `/api/generate`. */
export const encodePromptResponse: Translator<CanonicalResponse, Json> = (response, context) =>
  encodeReply(response, context, (said) => {
    const fields: JsonObject = { response: said.content };
    writeSaid(fields, said);
    return fields;
  });

function writeSaid(target: JsonObject, { thinking, images, calls }: Said): void {
  if (thinking !== '') target.thinking = thinking;
  if (images.length > 0) target.images = images;
  if (calls.length > 0) target.tool_calls = calls;
}

function encodeReply(
  response: CanonicalResponse,
  context: TranslateContext,
  write: (said: Said, own: JsonObject | undefined) => JsonObject,
): Translated<Json> {
  const warnings = createWarnings();
  const own = ownFields(response.extensions);
  const said: Said = { thinking: '', content: '', images: [], calls: [], logprobs: [] };
  for (let index = 0; index < response.parts.length; index++) {
    const part = response.parts[index];
    if (part !== undefined) say(said, part, `/parts/${index}`, warnings);
  }
  if (context.provider.dialect !== DIALECT) {
    const lost: Warning[] = [];
    tellResponse(response, REPLY_FORM, lost);
    for (const { code, path, message } of lost) warnings[code](path, message);
  }
  const body: JsonObject = {
    model: response.model,
    created_at: own?.$created_at ?? formatDate(response.createdAt, context),
    ...write(said, own),
    done: true,
    done_reason: encodeFinish(response.finish),
  };
  writeUsage(body, response.usage);
  if (said.logprobs.length > 0) body.logprobs = encodeLogprobs(said.logprobs);
  writeOwn(body, response.extensions);
  return warnings.with<Json>(body);
}

function say(said: Said, part: Part, path: string, warnings: Warnings): void {
  if ('logprobs' in part && part.logprobs !== undefined) said.logprobs.push(...part.logprobs);
  switch (part.type) {
    case 'text':
      said.content += part.text;
      return;
    case 'refusal':
      warnings.approximated(path, 'a refusal reads as ordinary text');
      said.content += part.text;
      return;
    case 'json':
      said.content += JSON.stringify(part.value);
      return;
    case 'reasoning':
      said.thinking += part.text;
      return;
    case 'media':
      if (part.source.type === 'base64' && part.mediaType.startsWith('image/')) {
        said.images.push(part.source.data);
      } else warnings.dropped(path, `a client of this dialect cannot read ${part.mediaType}`);
      return;
    case 'tool-call': {
      if (part.kind === 'hosted') break;
      const { call, isChanged } = encodeCall(part, clientName(part));
      if (isChanged)
        warnings.approximated(`${path}/input`, 'a tool input that is not a JSON object reads as {}');
      said.calls.push(call);
      return;
    }
    case 'tool-result':
    case 'opaque':
      break;
  }
  warnings.dropped(path, `a client of this dialect cannot read a ${part.type} part`);
}
