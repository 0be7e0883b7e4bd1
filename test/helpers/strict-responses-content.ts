import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyKeys, refuseOpenai } from './openai-refusal.ts';
import { asObject } from './refusal.ts';

const keysOfPart: Readonly<Record<string, string>> = {
  input_text: 'type text prompt_cache_breakpoint',
  input_image: 'type detail file_id image_url prompt_cache_breakpoint',
  input_file: 'type detail file_data file_id file_url filename prompt_cache_breakpoint',
  output_text: 'type text annotations logprobs',
  refusal: 'type refusal',
};
const ofAssistant = ['output_text', 'refusal'];
const ofOthers = ['input_text', 'input_image', 'input_file'];

/** What the author of the message may say: an assistant puts out, everyone else puts in. */
export function checkContentPart(value: Json, role: string, path: string): void {
  const part = asObject(value);
  const type = String(part?.type);
  const allowed = role === 'assistant' ? ofAssistant : ofOthers;
  if (part === null || !allowed.includes(type)) {
    const known = allowed.map((name) => `'${name}'`).join(' and ');
    refuseOpenai(`Invalid value: '${type}'. Supported values are: ${known}.`, path, 'invalid_value');
  }
  onlyKeys(part, (keysOfPart[type] ?? '').split(' '), path);
  if (type.endsWith('_text') && typeof part.text !== 'string') {
    refuseOpenai(`Missing required parameter: '${path}.text'.`, `${path}.text`, 'missing_required_parameter');
  }
  if (type === 'input_image') checkImage(part, path);
  if (type === 'input_file') checkFile(part, path);
}

function checkImage(part: JsonObject, path: string): void {
  if (typeof part.file_id === 'string') return;
  const url = String(part.image_url ?? '');
  if (/^data:image\/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=]*$/.test(url) || /^https?:\/\//.test(url))
    return;
  const text = `Invalid '${path}.image_url'. Expected a valid URL, but got a value with an invalid format.`;
  refuseOpenai(text, `${path}.image_url`, 'invalid_value');
}

function checkFile(part: JsonObject, path: string): void {
  const data = part.file_data;
  if (data === undefined || data === null) {
    if (part.file_id || part.file_url) return;
    refuseOpenai(`Missing required parameter: '${path}.file_id'.`, path, 'missing_required_parameter');
  }
  const [, media = ''] = /^data:([\w.+-]+\/[\w.+-]+);base64,[A-Za-z0-9+/=]*$/.exec(String(data)) ?? [];
  if (media === '' || /^(audio|video)\//.test(media)) {
    const got = media === '' ? '' : ` but got unsupported MIME type '${media}'`;
    const text = `Invalid file data: '${path}.file_data'. Expected a base64-encoded data URL with a valid file MIME type,${got}.`;
    refuseOpenai(text, `${path}.file_data`, 'invalid_value');
  }
  if (part.filename !== undefined || part.file_id !== undefined) return;
  refuseOpenai(
    `Missing required parameter: '${path}.filename'.`,
    `${path}.filename`,
    'missing_required_parameter',
  );
}
