import type { JsonObject } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';

/** Where a template's text stands, which decides how a value is written into it. */
export type TemplatePlace = 'host' | 'path' | 'query' | 'header';

/** Text between `{model}` or `{response}` marks: always one more than there are marks. Everything else is filled in. */
export type ModelTemplate = readonly string[];

/** An endpoint is about a model or about a kept reply, never both: one value fills either mark. */
const mark = /\{(model|response|config\.([\w-]+))\}/g;

/**
 * Fills `{config.NAME}` and splits at `{model}`. `owner` (a provider's name) is for the error: GW_CONFIG_INVALID for a
 * value that is missing, is not text or a number, or cannot stand in this place.
 */
export function compileTemplate(
  template: string,
  config: JsonObject,
  place: TemplatePlace,
  owner: string,
): ModelTemplate {
  const parts: string[] = [];
  let text = '';
  let at = 0;
  for (const match of template.matchAll(mark)) {
    text += template.slice(at, match.index);
    at = match.index + match[0].length;
    const name = match[2];
    if (name === undefined) {
      parts.push(text);
      text = '';
    } else text += encodeValue(configText(config, name, owner), place, `providers.${owner}.config.${name}`);
  }
  parts.push(text + template.slice(at));
  return parts;
}

/** A template without `{model}`: a base URL or a header. */
export function fillTemplate(
  template: string,
  config: JsonObject,
  place: TemplatePlace,
  owner: string,
): string {
  return compileTemplate(template, config, place, owner).join('{model}');
}

/** The template with a model id, percent-encoded for a path segment or a query value. */
export function fillModel(template: ModelTemplate, model: string): string {
  const [first = ''] = template;
  if (template.length === 1) return first;
  return template.join(encodeSegment(model));
}

/**
 * The path with what stood in the client's path at `{path.NAME}`, percent-encoded: it stays within its segment. Throws
 * GW_CLIENT_BODY_INVALID for one that is missing or made of dots.
 */
export function fillParameters(path: string, given: Readonly<Record<string, string>> | undefined): string {
  if (given === undefined || !path.includes('{path.')) return path;
  return path.replace(/\{path\.(\w+)\}/g, (_, name: string) => {
    const value = given[name] ?? '';
    if (value !== '' && !isDots(value)) return encodeSegment(value);
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason: `The path has no usable '${name}'` });
  });
}

function configText(config: JsonObject, name: string, owner: string): string {
  const value = config[name];
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid(`providers.${owner}.config.${name}`, 'it is needed and not set');
}

function encodeValue(value: string, place: TemplatePlace, where: string): string {
  switch (place) {
    case 'host':
      if (/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value) && !value.includes('..')) return value;
      throw invalid(where, 'it is part of a host name: only letters, digits, dots and dashes');
    case 'header':
      if (/^[\t\x20-\x7e]*$/.test(value)) return value;
      throw invalid(where, 'it is part of a header: only printable ASCII');
    case 'path':
      if (isDots(value)) throw invalid(where, 'it is part of a path and must not be "." or ".."');
      return encodeSegment(value);
    case 'query':
      return encodeSegment(value);
  }
}

/** A lone surrogate would make `encodeURIComponent` throw. */
function encodeSegment(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** A path segment of dots only would be taken for a step up, even written `%2e%2e`. */
export function isDots(value: string): boolean {
  return value === '.' || value === '..';
}

function invalid(file: string, reason: string): GatewayError {
  return new GatewayError('GW_CONFIG_INVALID', { file, reason });
}
