import {
  asksForSomething,
  defineDialect,
  definePlugin,
  kindOfStatus,
  makeId,
  readRetryAfter,
  startPlace,
  warn,
  warnForeignFields,
  warnHere,
} from '@dragoman/plugin-sdk';

const DIALECT = 'acme-js';
/** What Acme calls the roles, and the reasons for which its answers end. */
const WHO = { system: 'system', user: 'user', assistant: 'model', tool: 'user' };
const REASONS = { done: 'stop', limit: 'length', stop: 'stop', blocked: 'content-filter' };
const KINDS = { slow_down: 'rate-limit', busy: 'overloaded', no_key: 'authentication' };

/** Of a request these have a place at Acme, or ask for what happens anyway. */
const TAKEN = new Set([
  'model',
  'messages',
  'stream',
  'maxOutputTokens',
  'temperature',
  'stop',
  'extensions',
]);
const USUAL = { candidates: 1, parallelToolCalls: true, toolChoice: 'auto', output: 'text' };

/** The hub's request as Acme's. What has no place is told, with the place where it stood. */
function encodeRequest(request, context) {
  const place = startPlace();
  const body = { model: context.model.id, turns: [], stream: request.stream };
  for (const [index, message] of request.messages.entries()) {
    Object.assign(place, { message: index, part: -1 });
    warnForeignFields(place, DIALECT, message.extensions);
    if (message.name !== undefined) warnHere(place, 'dropped', 'Acme’s speakers have no names', '/name');
    const say = message.parts.map((part, at) => textOf(part, Object.assign(place, { part: at }))).join('');
    if (say !== '') body.turns.push({ who: WHO[message.role], say });
  }
  if (request.maxOutputTokens !== undefined) body.limit = request.maxOutputTokens;
  if (request.temperature !== undefined) body.heat = request.temperature;
  if (request.stop !== undefined) body.stop = request.stop;
  for (const field of Object.keys(request)) {
    if (TAKEN.has(field) || !asksForSomething(request[field]) || isUsual(field, request[field])) continue;
    warn(
      place,
      field === 'tools' ? 'unsupported' : 'dropped',
      `/${field}`,
      `Acme has no counterpart of '${field}'`,
    );
  }
  warnForeignFields(place, DIALECT, request.extensions, '');
  return { output: { body }, warnings: place.warnings };
}

function isUsual(field, value) {
  return USUAL[field] === (value.type ?? value.format ?? value);
}

/** Acme speaks text and nothing else. */
function textOf(part, place) {
  warnForeignFields(place, DIALECT, part.extensions);
  for (const detail of ['cache', 'citations', 'logprobs', 'signature']) {
    if (part[detail] !== undefined && part.type === 'text')
      warnHere(place, 'dropped', `Acme takes no ${detail}`, `/${detail}`);
  }
  if (part.type === 'text') return part.text;
  warnHere(place, 'unsupported', `Acme takes no ${part.type}`);
  return '';
}

function decodeResponse({ body }, context) {
  return {
    output: {
      id: body.id ?? makeId(context, 'acme', 0),
      model: body.model ?? context.model.id,
      parts: [{ type: 'text', text: body.say }],
      finish: { reason: REASONS[body.why] ?? 'other', raw: body.why },
      usage: readUsage(body.used),
    },
  };
}

function readUsage(used) {
  const usage = {};
  if (used?.in !== undefined) usage.inputTokens = used.in;
  if (used?.out !== undefined) usage.outputTokens = used.out;
  if (used !== undefined) usage.raw = { dialect: DIALECT, value: used };
  return usage;
}

/**
 * A reducer: some lines in, some events out, and between two calls nothing but `state`, which is null at first. A text begins
 * with its first piece. `why` ends the answer; a stream that ends without it was cut, whatever came before.
 */
function decodeStream({ state, items, end }, context) {
  const next = { isStarted: false, isOpen: false, isEnded: false, ...state };
  const events = [];
  for (const { data } of items) if (!next.isEnded) readLine(data, next, events, context);
  if (end !== undefined && !next.isEnded) {
    fail({ kind: 'server', message: 'Acme’s answer ended before it was whole' }, next, events);
  }
  return { output: { state: next, items: events } };
}

function readLine(line, state, events, context) {
  if (line.fault !== undefined) {
    fail(readFault(line), state, events);
    return;
  }
  if (!state.isStarted) {
    state.isStarted = true;
    const id = line.id ?? makeId(context, 'acme', 0);
    events.push({ type: 'response-start', id, model: line.model ?? context.model.id });
  }
  if (typeof line.say === 'string' && line.say !== '') {
    if (!state.isOpen) events.push({ type: 'part-start', index: 0, part: { type: 'text' } });
    state.isOpen = true;
    events.push({ type: 'part-delta', index: 0, delta: { type: 'text', text: line.say } });
  }
  if (line.why === undefined) return;
  close(state, events);
  if (line.used !== undefined) events.push({ type: 'usage', usage: readUsage(line.used) });
  events.push({ type: 'response-end', finish: { reason: REASONS[line.why] ?? 'other', raw: line.why } });
  state.isEnded = true;
}

function close(state, events) {
  if (state.isOpen) events.push({ type: 'part-end', index: 0 });
  state.isOpen = false;
}

function fail(error, state, events) {
  close(state, events);
  events.push({ type: 'error', error });
  state.isEnded = true;
}

/** `status` is absent in a stream. A body may be anything: a proxy's page, say. */
function readFault(body, status) {
  const { code, text = `Acme answered with status ${status}` } = body?.fault ?? {};
  const error = { kind: KINDS[code] ?? kindOfStatus(status) ?? 'unknown', message: text };
  if (status !== undefined) error.status = status;
  if (code !== undefined) error.code = code;
  return error;
}

function decodeError({ status, headers, body }, context) {
  const error = readFault(body, status);
  const retryAfterMs = readRetryAfter(headers, context.now);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  return { output: error };
}

export default definePlugin({
  dialects: {
    [DIALECT]: defineDialect({ encodeRequest, decodeResponse, decodeStream, decodeError }),
  },
});
