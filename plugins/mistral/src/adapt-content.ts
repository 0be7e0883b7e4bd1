import { isObject, type Json, type JsonObject, type Warning } from '@dragoman/plugin-sdk';
import { keepKnown } from './json.ts';

const FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(['type', 'text']),
  image_url: new Set(['type', 'image_url']),
  document_url: new Set(['type', 'document_url', 'document_name']),
  input_audio: new Set(['type', 'input_audio']),
  file: new Set(['type', 'file_id']),
};

/** Content as text or as the service's own chunks. */
export function adaptContent(content: Json, path: string, warnings: Warning[]): Json {
  if (!Array.isArray(content)) return content;
  const parts: Json[] = [];
  for (const [index, part] of content.entries()) {
    const place = `${path}/content/${index}`;
    const adapted = isObject(part) ? adaptPart(part, place, warnings) : part;
    if (adapted !== undefined) parts.push(adapted);
  }
  return parts;
}

function adaptPart(part: JsonObject, path: string, warnings: Warning[]): JsonObject | undefined {
  const adapted =
    part.type === 'file' ? adaptFile(part, path, warnings) : adaptOther({ ...part }, path, warnings);
  const fields = FIELDS[String(adapted?.type)];
  if (adapted !== undefined && fields !== undefined) keepKnown(adapted, fields, path, warnings);
  return adapted;
}

function adaptOther(part: JsonObject, path: string, warnings: Warning[]): JsonObject | undefined {
  switch (part.type) {
    case 'document_url':
      if (isObject(part.document_url)) part.document_url = part.document_url.url;
      return part;
    case 'input_audio':
      // The service finds the format out by itself.
      if (isObject(part.input_audio)) part.input_audio = part.input_audio.data;
      return part;
    case 'video_url':
      warnings.push({ code: 'unsupported', path, message: 'Mistral takes no video' });
      return undefined;
    case 'refusal':
      return { type: 'text', text: part.refusal };
    default:
      return part;
  }
}

/** A file by its id, or a document by its address, which may be a data URL. */
function adaptFile(part: JsonObject, path: string, warnings: Warning[]): JsonObject | undefined {
  const { file } = part;
  if (!isObject(file)) return part;
  if (typeof file.file_id === 'string') return { type: 'file', file_id: file.file_id };
  if (typeof file.file_data !== 'string') {
    warnings.push({ code: 'dropped', path, message: 'a file without content or id' });
    return undefined;
  }
  const isAddress = /^(data|https?):/.test(file.file_data.slice(0, 6));
  const document: JsonObject = {
    type: 'document_url',
    document_url: isAddress ? file.file_data : `data:application/pdf;base64,${file.file_data}`,
  };
  if (typeof file.filename === 'string') document.document_name = file.filename;
  return document;
}
