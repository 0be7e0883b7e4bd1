import {
  isObject,
  type Json,
  type JsonObject,
  type Normaliser,
  toStandardBase64,
} from '@dragoman/plugin-sdk';
import { listOf } from './dialect.ts';
import { named } from './names.ts';

/**
 * What the way through the hub and back changes. Three rules, all of them two spellings of one thing in the JSON of
 * protocol buffers: names that are not the caller's own are in camel case, a single value where a list belongs is a list
 * of one, and bytes are in the standard alphabet of base64 with padding.
 */
export const normalise: Normaliser = {
  normaliseRequest(body: Json): Json {
    if (!isObject(body)) return body;
    const wire = named(body);
    if (isObject(wire.generateContentRequest)) {
      return { ...wire, generateContentRequest: normaliseChat(wire.generateContentRequest) };
    }
    if (Array.isArray(wire.requests)) return { ...wire, requests: each(wire.requests, named) };
    return wire.contents === undefined ? wire : normaliseChat(wire);
  },
  normaliseResponse(body: Json): Json {
    if (!isObject(body) || !Array.isArray(body.candidates)) return body;
    return { ...body, candidates: each(body.candidates, normaliseCandidate) };
  },
};

function normaliseCandidate(wire: JsonObject): JsonObject {
  const { content } = wire;
  if (!isObject(content) || !Array.isArray(content.parts)) return wire;
  return { ...wire, content: { ...content, parts: each(content.parts, normalisePart) } };
}

function normaliseChat(raw: JsonObject): JsonObject {
  const wire = { ...named(raw) };
  rewrite(wire, 'systemInstruction', normaliseContent);
  rewriteList(wire, 'contents', normaliseContent);
  rewriteList(wire, 'tools', normaliseTool);
  rewrite(wire, 'toolConfig', (config) => {
    const toolConfig = { ...named(config) };
    rewrite(toolConfig, 'functionCallingConfig', named);
    return toolConfig;
  });
  rewrite(wire, 'generationConfig', (config) => {
    const generation = { ...named(config) };
    rewrite(generation, 'thinkingConfig', named);
    return generation;
  });
  return wire;
}

function normaliseContent(raw: JsonObject): JsonObject {
  const content = { ...named(raw) };
  rewriteList(content, 'parts', normalisePart);
  return content;
}

function normalisePart(raw: JsonObject): JsonObject {
  const part = { ...named(raw) };
  if (typeof part.text === 'string') return part;
  rewrite(part, 'functionCall', named);
  rewrite(part, 'functionResponse', (result) => {
    const response = { ...named(result) };
    if (Array.isArray(response.parts)) response.parts = each(response.parts, normalisePart);
    return response;
  });
  rewrite(part, 'inlineData', normaliseBlob);
  rewrite(part, 'fileData', named);
  return part;
}

function normaliseBlob(raw: JsonObject): JsonObject {
  const blob = { ...named(raw) };
  if (typeof blob.data === 'string') blob.data = toStandardBase64(blob.data);
  return blob;
}

function normaliseTool(raw: JsonObject): JsonObject {
  const tool = { ...named(raw) };
  rewriteList(tool, 'functionDeclarations', named);
  rewrite(tool, 'googleSearch', named);
  rewrite(tool, 'googleSearchRetrieval', named);
  return tool;
}

function rewrite(target: JsonObject, key: string, change: (value: JsonObject) => JsonObject): void {
  const value = target[key];
  if (isObject(value)) target[key] = change(value);
}

function rewriteList(target: JsonObject, key: string, change: (value: JsonObject) => JsonObject): void {
  const list = listOf(target[key]);
  if (list !== undefined) target[key] = each(list, change);
}

function each(list: Json[], change: (value: JsonObject) => JsonObject): Json[] {
  return list.map((value) => (isObject(value) ? change(value) : value));
}
