import {
  type CanonicalRequest,
  isEmpty,
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  leftover,
  type ReasoningSettings,
} from '@dragoman/plugin-sdk';
import { isEffort } from '../decode-settings.ts';

const VISIBLE: ReadonlySet<unknown> = new Set(['auto', 'concise', 'detailed']);

/** `reasoning`: how much, and what of it is shown. What the hub has no words for stays in `own`. */
export function decodeReasoningSettings(wire: Json, request: CanonicalRequest, own: JsonObject): void {
  if (!isObject(wire)) {
    own.reasoning = wire;
    return;
  }
  const settings: ReasoningSettings = {};
  const known: JsonObject = {};
  const rest: JsonObject = {};
  for (const key in wire) {
    const value = wire[key];
    if (key === 'effort' && isEffort(value)) {
      settings.effort = value;
      known[key] = value;
    } else if ((key === 'summary' || key === 'generate_summary') && VISIBLE.has(value)) {
      settings.visibility = 'summary';
      known[key] = value;
    } else if (value === null) known[key] = value;
    else rest[key] = value;
  }
  own.$reasoning = known;
  // Who asks to see reasoning expects that there is some.
  if (settings.visibility !== undefined) settings.effort ??= 'auto';
  if (!isEmpty(rest)) own.reasoning = rest;
  if (!isEmpty(settings)) request.reasoning = settings;
}

const SCHEMA_FIELDS = new Set(['type', 'name', 'description', 'schema', 'strict']);

/** `text`: the form of the answer, and how wordy it is. */
export function decodeText(text: Json, request: CanonicalRequest, own: JsonObject): void {
  if (!isObject(text)) {
    own.text = text;
    return;
  }
  const known: JsonObject = {};
  const rest: JsonObject = {};
  for (const key in text) {
    const value = text[key];
    if (key === 'verbosity' && typeof value === 'string') request.verbosity = value;
    else if (key === 'format' && isObject(value) && readFormat(value, request)) known.format = value;
    else if (value === null) known[key] = value;
    else rest[key] = value;
  }
  own.$text = known;
  if (!isEmpty(rest)) own.text = rest;
}

function readFormat(format: JsonObject, request: CanonicalRequest): boolean {
  switch (format.type) {
    case 'text':
      request.output = { format: 'text' };
      return true;
    case 'json_object':
      request.output = { format: 'json' };
      return true;
    case 'json_schema':
      return readSchema(format, request);
    default:
      return false;
  }
}

function readSchema(
  { name, description, schema, strict, ...rest }: JsonObject,
  request: CanonicalRequest,
): boolean {
  if (!isObject(schema) || leftover(rest, SCHEMA_FIELDS) !== undefined) return false;
  request.output = { format: 'json', schema };
  if (typeof name === 'string') request.output.name = name;
  if (typeof description === 'string') request.output.description = description;
  if (typeof strict === 'boolean') request.output.strict = strict;
  return true;
}

const LOGPROBS = 'message.output_text.logprobs';
const ENCRYPTED = 'reasoning.encrypted_content';

/**
 * `include`: more of the answer. Log probabilities have a word in the hub; encrypted reasoning always crosses, whatever
 * the service calls it; the rest is this dialect's own.
 */
export function decodeInclude(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const { include, top_logprobs: top } = body;
  const list = isStrings(include) ? include : [];
  if (include !== undefined) own.$include = include;
  if (list.includes(LOGPROBS)) {
    request.logprobs = {};
    if (typeof top === 'number') request.logprobs.top = top;
    else if (top !== undefined) own.top_logprobs = top;
  } else if (top !== undefined) {
    // Without the entry they are not in the answer.
    own.$top_logprobs = top;
  }
  const rest = list.filter((entry) => entry !== LOGPROBS && entry !== ENCRYPTED);
  if (rest.length > 0) own.include = rest;
}

export const INCLUDE = { logprobs: LOGPROBS, encrypted: ENCRYPTED } as const;
