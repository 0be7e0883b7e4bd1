import { isObject, type Json, type JsonObject, type Warning } from '@dragoman/plugin-sdk';

/** What stands in every body or chunk beside its choices. */
export function headOf(chat: JsonObject): JsonObject {
  const { id, created, model, system_fingerprint: fingerprint } = chat;
  const text = typeof id === 'string' ? id : '';
  const head: JsonObject = {
    id: text.startsWith('cmpl-') ? text : `cmpl-${text.replace(/^chatcmpl-/, '')}`,
    object: 'text_completion',
    created: created ?? 0,
    model: model ?? '',
  };
  if (typeof fingerprint === 'string') head.system_fingerprint = fingerprint;
  return head;
}

/** `said`: a message of a chat, or a piece of one. */
export function textOf(said: JsonObject): string {
  const { content, refusal } = said;
  return (typeof content === 'string' ? content : '') + (typeof refusal === 'string' ? refusal : '');
}

const SAID: ReadonlySet<string> = new Set(['role', 'content', 'refusal']);

const ORDINARY_TIERS: ReadonlySet<Json | undefined> = new Set(['auto', 'default', null, undefined]);

/** Notes the tier that served the request, which has no place in a completion. */
export function tellTier(chat: JsonObject, warnings: Warning[]): void {
  if (ORDINARY_TIERS.has(chat.service_tier) || warnings.some(({ path }) => path === '/serviceTier')) return;
  warnings.push({ code: 'dropped', path: '/serviceTier', message: 'a completion does not name its tier' });
}

/** Notes what has no place in a completion. `index`: of the answer. */
export function tellLosses(said: JsonObject, index: number, warnings: Warning[]): void {
  const path = index === 0 ? '/parts' : `/candidates/${index - 1}/parts`;
  for (const field in said) {
    const value = said[field];
    if (SAID.has(field) || value === null || value === undefined) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    const message = `a completion holds nothing but text: '${field}' is left out`;
    if (!warnings.some((warning) => warning.message === message && warning.path === path))
      warnings.push({ code: 'dropped', path, message });
  }
}

/** The four lists of this API, of the entries a chat has; `place`: characters before the first of them. */
export function encodeLogprobs(logprobs: Json | undefined, place: number): JsonObject | null {
  if (!isObject(logprobs) || !Array.isArray(logprobs.content)) return null;
  const tokens: string[] = [];
  const chances: Json[] = [];
  const top: Json[] = [];
  const offsets: number[] = [];
  let at = place;
  for (const entry of logprobs.content) {
    if (!isObject(entry) || typeof entry.token !== 'string') continue;
    tokens.push(entry.token);
    chances.push(entry.logprob ?? null);
    offsets.push(at);
    at += entry.token.length;
    top.push(topOf(entry));
  }
  return { tokens, token_logprobs: chances, top_logprobs: top, text_offset: offsets };
}

function topOf({ top_logprobs: list }: JsonObject): JsonObject {
  const top: JsonObject = {};
  if (Array.isArray(list)) {
    for (const entry of list) {
      if (isObject(entry) && typeof entry.token === 'string') top[entry.token] = entry.logprob;
    }
  }
  return top;
}

/** This API knows three words: there are no tools to call. */
export function finishOf(reason: Json | undefined): string | null {
  if (reason === null || reason === undefined) return null;
  return reason === 'length' || reason === 'content_filter' ? reason : 'stop';
}
