import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { asArray, asObject } from './refusal.ts';
import { refuse } from './strict-bedrock.ts';

/** What the blocks so far have led to. */
export interface Seen {
  /** Calls of the last assistant turn that wait for their results. */
  calls: string[];
  /** Names of documents. */
  names: Set<string>;
  cachePoints: number;
  hasToolBlocks: boolean;
}

const ID = /^[a-zA-Z0-9_-]{1,64}$/;
const FORMATS: Record<string, string[]> = {
  image: ['png', 'jpeg', 'gif', 'webp'],
  document: ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'],
  video: ['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp'],
  audio: ['mp3', 'opus', 'wav', 'aac', 'flac', 'mp4', 'ogg', 'mkv', 'pcm', 'webm', 'm4a'],
};

/** The content of one turn. */
export function checkBlocks(blocks: Json[], role: string, path: string, seen: Seen): void {
  const kinds = blocks.map((block, index) => checkBlock(block, `${path}.${index}`, role, seen));
  if (role === 'user' && seen.calls.length > 0) {
    refuse(`Expected toolResult blocks at ${path} for the following Ids: ${seen.calls.join()}`);
  }
  const firstOther = kinds.findIndex((kind) => kind !== 'toolResult' && kind !== 'cachePoint');
  if (role === 'user' && firstOther >= 0 && kinds.lastIndexOf('toolResult') > firstOther) {
    refuse(`${path}: toolResult blocks come first`);
  }
  for (const [index, kind] of kinds.entries()) {
    const before = kinds[index - 1];
    if (kind === 'cachePoint' && (before === undefined || before === 'document' || before === 'video')) {
      refuse(`${path}.${index}: cachePoint cannot be inserted here`);
    }
  }
  if (kinds.includes('document') && !kinds.includes('text')) {
    refuse('A text block is required when using documents.');
  }
}

function checkBlock(block: Json, path: string, role: string, seen: Seen): string {
  const [entry, ...more] = Object.entries(asObject(block) ?? {});
  if (entry === undefined || more.length > 0) refuse(`${path} must have exactly one member`);
  const [kind, value] = entry;
  const wire = asObject(value ?? null) ?? {};
  switch (kind) {
    case 'text':
      if (typeof value !== 'string' || value.trim() === '') {
        refuse(`The text field in the ContentBlock object at ${path} is blank.`);
      }
      return kind;
    case 'cachePoint':
      if (wire.type !== 'default' || ![undefined, '5m', '1h'].includes(wire.ttl as string | undefined)) {
        refuse(`${path}: cachePoint is not valid`);
      }
      seen.cachePoints++;
      return kind;
    case 'toolUse':
      checkCall(wire, path, role, seen);
      return kind;
    case 'toolResult':
      checkResult(wire, path, role, seen);
      return kind;
    case 'reasoningContent':
      if (role !== 'assistant') refuse('User messages cannot contain reasoning content.');
      checkReasoning(wire, path);
      return kind;
    default:
      checkMedia(kind, wire, path, seen);
      if (role !== 'user') refuse(`${path}: ${kind} is only taken from the user`);
      return kind;
  }
}

function checkReasoning({ reasoningText, redactedContent, ...rest }: JsonObject, path: string): void {
  const text = asObject(reasoningText ?? null);
  const isReadable = typeof text?.text === 'string' && typeof text.signature === 'string';
  const isHidden = typeof redactedContent === 'string' && /^[A-Za-z0-9+/]+=*$/.test(redactedContent);
  if (isReadable === isHidden || Object.keys(rest).length > 0)
    refuse(`${path}: reasoningContent is not valid`);
}

function checkCall({ toolUseId, name, input }: JsonObject, path: string, role: string, seen: Seen): void {
  if (role !== 'assistant') refuse('User messages cannot contain tool uses.');
  if (!ID.test(String(toolUseId)) || !ID.test(String(name)))
    refuse(`${path}: toolUse has no valid id or name`);
  if (asObject(input ?? null) === null) {
    refuse(
      `The format of the value at ${path}.toolUse.input is invalid. Provide a json object for the field.`,
    );
  }
  if (seen.calls.includes(String(toolUseId))) refuse(`${path}: the id ${String(toolUseId)} is used twice`);
  seen.calls.push(String(toolUseId));
  seen.hasToolBlocks = true;
}

function checkResult(
  { toolUseId, content, status }: JsonObject,
  path: string,
  role: string,
  seen: Seen,
): void {
  if (role !== 'user') refuse('Assistant messages cannot contain tool results.');
  const place = seen.calls.indexOf(String(toolUseId));
  if (place < 0) {
    refuse(
      `The number of toolResult blocks at ${path} exceeds the number of toolUse blocks of previous turn.`,
    );
  }
  seen.calls.splice(place, 1);
  seen.hasToolBlocks = true;
  if (![undefined, 'success', 'error'].includes(status as string | undefined)) refuse(`${path}: bad status`);
  for (const [index, item] of (asArray(content ?? null) ?? refuse(`${path}: content is missing`)).entries()) {
    const [entry, ...more] = Object.entries(asObject(item) ?? {});
    if (entry === undefined || more.length > 0) refuse(`${path}.${index} must have exactly one member`);
    const [kind, value] = entry;
    if (kind === 'text') continue;
    if (kind === 'json') {
      if (asObject(value ?? null) === null) refuse(`${path}.${index}: provide a json object`);
    } else checkMedia(kind, asObject(value ?? null) ?? {}, `${path}.${index}`, seen);
  }
}

function checkMedia(
  kind: string,
  { format, name, source, ...rest }: JsonObject,
  path: string,
  seen: Seen,
): void {
  const formats = FORMATS[kind] ?? refuse(`${path}: extraneous key [${kind}]`);
  if (!formats.includes(String(format))) refuse(`${path}: ${kind} format '${String(format)}' is not valid`);
  if (Object.keys(rest).length > 0) refuse(`${path}: extraneous key [${Object.keys(rest)[0]}]`);
  const [member, ...more] = Object.keys(asObject(source ?? null) ?? {});
  if ((member !== 'bytes' && member !== 's3Location') || more.length > 0)
    refuse(`${path}: source is not valid`);
  if ((kind === 'document') !== (name !== undefined))
    refuse(`${path}: a document, and only that, has a name`);
  if (kind !== 'document') return;
  if (!/^[A-Za-z0-9\-()[\]]+( [A-Za-z0-9\-()[\]]+)*$/.test(String(name)) || String(name).length > 200) {
    refuse('The file name contains invalid characters.');
  }
  if (seen.names.has(String(name))) refuse('Found duplicate document names.');
  seen.names.add(String(name));
}
