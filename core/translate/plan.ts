import type { BodyEdits, JsonObject, Operation, TranslateFunction } from '@dragoman/plugin-sdk';
import type { ModuleRef, Step, TranslateStep } from './runner.ts';

/** One end of a translation: the codec of a dialect and its plugin's config. */
export interface PlanDialect {
  id: string;
  module: ModuleRef;
  config: JsonObject;
}
export interface PlanProvider {
  /** The provider's id in its manifest. */
  id: string;
  /** Null for a local provider. */
  dialect: PlanDialect | null;
  adapter: ModuleRef | null;
  local: ModuleRef | null;
  config: JsonObject;
  requestQuirks?: BodyEdits;
  responseQuirks?: BodyEdits;
}

/** What one attempt runs. Compiled once per client dialect, provider and operation. */
export interface TranslationPlan {
  /** Same dialect on both sides and nothing that changes replies: bodies go as they came. */
  passThrough: boolean;
  /** The operation has no canonical form: whatever the upstream answers goes to the client in pieces, as it is. */
  raw: boolean;
  /** Request quirks of a pass-through: the body is parsed, edited and written again. */
  edits: BodyEdits | null;
  request: Step[];
  response: Step[];
  stream: TranslateStep[];
  /** Provider's error body to `UpstreamError`; empty for a local provider. */
  decodeError: Step[];
  /** `UpstreamError` to the client's error body. */
  encodeError: TranslateStep[];
  /** In pass-through: reads usage and the end of the stream off the reply path. */
  tee: { response: Step[]; stream: TranslateStep[] };
  /** Local providers: `respond` (or `embed`, `count`) after the client's request was decoded. */
  local: boolean;
}

interface Functions {
  decode: TranslateFunction;
  encode: TranslateFunction;
  decodeReply: TranslateFunction;
  encodeReply: TranslateFunction;
  respond: TranslateFunction;
}
const chat: Functions = {
  decode: 'decodeRequest',
  encode: 'encodeRequest',
  decodeReply: 'decodeResponse',
  encodeReply: 'encodeResponse',
  respond: 'respond',
};
const embed: Functions = {
  decode: 'decodeEmbed',
  encode: 'encodeEmbedRequest',
  decodeReply: 'decodeEmbedResponse',
  encodeReply: 'encodeEmbed',
  respond: 'embed',
};
const count: Functions = {
  decode: 'decodeCount',
  encode: 'encodeCountRequest',
  decodeReply: 'decodeCountResponse',
  encodeReply: 'encodeCount',
  respond: 'count',
};

/** The translator functions of an operation; null for one that has no canonical form. */
function functionsOf(operation: Operation): Functions | null {
  switch (operation) {
    case 'chat':
      return chat;
    case 'embed':
    // Several texts at once are one canonical request: dialects tell them apart by `context.operation`.
    case 'batch-embed':
      return embed;
    case 'count-tokens':
      return count;
    default:
      return null;
  }
}

/** Null when the operation cannot be translated between these two (no canonical form, different dialects). */
export function buildPlan(
  operation: Operation,
  client: PlanDialect,
  provider: PlanProvider,
): TranslationPlan | null {
  const functions = functionsOf(operation);
  const isSame = provider.dialect?.id === client.id;
  // Adapters and quirks are about chat bodies: what has no canonical form is none of their business.
  const raw = operation === 'pass-through' || operation === 'rerank';
  const passThrough = isSame && (raw || (provider.adapter === null && provider.responseQuirks === undefined));
  if (functions === null && !passThrough) return null;
  const names = functions ?? chat;
  const at = (side: PlanDialect, name: TranslateFunction, memoOf?: number): TranslateStep => ({
    type: 'translate',
    module: side.module,
    target: `dialect:${side.id}`,
    function: name,
    config: side.config,
    memoOf,
  });
  const encodeError = [at(client, 'encodeError', 0)];
  if (provider.dialect === null) {
    return {
      passThrough: false,
      raw: false,
      edits: null,
      request: [at(client, names.decode), ...ofProvider(provider, provider.local, names.respond)],
      response: [at(client, names.encodeReply, 0)],
      stream: [at(client, 'encodeStream', 0)],
      decodeError: [],
      encodeError,
      tee: { response: [], stream: [] },
      local: true,
    };
  }
  const adapt = (name: TranslateFunction) => ofProvider(provider, provider.adapter, name);
  return {
    passThrough,
    raw,
    edits: raw ? null : (provider.requestQuirks ?? null),
    request: [
      at(client, names.decode),
      at(provider.dialect, names.encode),
      ...edit(provider.requestQuirks, true),
      ...adapt('adaptRequest'),
    ],
    response: [
      ...adapt('adaptResponse'),
      ...edit(provider.responseQuirks, false),
      at(provider.dialect, names.decodeReply, 1),
      at(client, names.encodeReply, 0),
    ],
    stream: [...adapt('adaptStream'), at(provider.dialect, 'decodeStream', 1), at(client, 'encodeStream', 0)],
    decodeError: [...adapt('adaptResponse'), at(provider.dialect, 'decodeError', 1)],
    encodeError,
    tee: {
      response: functions === null ? [] : [at(provider.dialect, names.decodeReply)],
      stream: [at(provider.dialect, 'decodeStream')],
    },
    local: false,
  };
}

function edit(edits: BodyEdits | undefined, warn: boolean): Step[] {
  return edits === undefined ? [] : [{ type: 'edit', edits, warn }];
}

function ofProvider(
  provider: PlanProvider,
  module: ModuleRef | null,
  name: TranslateFunction,
): TranslateStep[] {
  if (module === null) return [];
  // An adapter need not change everything: what it leaves out is known once its code is loaded on this thread.
  const adapter = module.exports?.adapters?.[provider.id];
  if (provider.adapter !== null && adapter !== undefined && !(name in adapter)) return [];
  return [
    {
      type: 'translate',
      module,
      target: `provider:${provider.id}`,
      function: name,
      config: provider.config,
    },
  ];
}
