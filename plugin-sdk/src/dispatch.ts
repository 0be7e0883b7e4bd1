import type { UpstreamError } from './canonical.ts';
import type { Json } from './json.ts';
import type {
  ProviderPlugin,
  Translated,
  TranslateFailureCode,
  TranslateFunction,
  TranslateRequest,
  TranslateResponse,
} from './translate.ts';

type AnyTranslator = (input: Json, context: TranslateRequest['context']) => Translated<Json>;
type Group = Partial<Record<TranslateFunction, AnyTranslator>>;

const adapterFunctions: ReadonlySet<string> = new Set(['adaptRequest', 'adaptResponse', 'adaptStream']);
const localFunctions: ReadonlySet<string> = new Set(['respond', 'embed', 'count']);
const dialectFunctions: ReadonlySet<string> = new Set([
  'decodeRequest',
  'encodeResponse',
  'encodeStream',
  'encodeError',
  'encodeModels',
  'encodeModel',
  'decodeEmbed',
  'encodeEmbed',
  'decodeCount',
  'encodeCount',
  'findReferences',
  'encodeKept',
  'decodeMessage',
  'encodeMessageError',
  'encodeRequest',
  'decodeResponse',
  'decodeStream',
  'decodeError',
  'decodeModels',
  'encodeEmbedRequest',
  'decodeEmbedResponse',
  'encodeCountRequest',
  'decodeCountResponse',
]);
const failureCodes: ReadonlySet<unknown> = new Set<TranslateFailureCode>([
  'invalid-input',
  'unsupported',
  'internal',
  'upstream',
]);

/**
 * Runs one call of the ABI against a plugin's module. Never throws: a `TranslateError` becomes its own code and
 * path, anything else thrown becomes `internal`, and so does a result of the wrong shape.
 */
export function dispatch(plugin: ProviderPlugin, request: TranslateRequest): TranslateResponse {
  const translator = findTranslator(plugin, request.target, request.function);
  if (typeof translator === 'string') return failure('unsupported', translator);
  try {
    return readResult(translator(request.input, request.context), request);
  } catch (thrown) {
    return readThrown(thrown);
  }
}

/** The function a call names, or why there is none. Only own properties count: `constructor` is no translator. */
export function findTranslator(
  plugin: ProviderPlugin,
  target: TranslateRequest['target'],
  name: TranslateFunction,
): AnyTranslator | string {
  const colon = target.indexOf(':');
  const id = target.slice(colon + 1);
  const group = target.startsWith('dialect:')
    ? pick(plugin.dialects, id, dialectFunctions.has(name))
    : (pick(plugin.adapters, id, adapterFunctions.has(name)) ??
      pick(plugin.locals, id, localFunctions.has(name)));
  const found = group !== undefined && Object.hasOwn(group, name) ? group[name] : undefined;
  return typeof found === 'function' ? found : `this plugin has no function '${name}' for '${target}'`;
}

function pick(groups: object | undefined, id: string, fits: boolean): Group | undefined {
  if (!fits || groups === undefined || !Object.hasOwn(groups, id)) return undefined;
  const group = (groups as Record<string, unknown>)[id];
  return typeof group === 'object' && group !== null ? (group as Group) : undefined;
}

function readResult(
  result: Translated<Json>,
  { function: name, target }: TranslateRequest,
): TranslateResponse {
  if (typeof result !== 'object' || result === null || result.output === undefined) {
    const got = result instanceof Promise ? 'a promise' : JSON.stringify(result);
    return failure('internal', `${name} of ${target} must return { output }, and returned ${got}`);
  }
  const response: TranslateResponse = { ok: true, output: result.output };
  if (result.warnings !== undefined && result.warnings.length > 0) response.warnings = result.warnings;
  if (result.memo !== undefined) response.memo = result.memo;
  return response;
}

/** `TranslateError` is known by its name, not its class: a bundled plugin carries its own copy of the SDK. */
function readThrown(thrown: unknown): TranslateResponse {
  if (!(thrown instanceof Error)) return failure('internal', `threw ${String(thrown)}`);
  const { code, path, upstream } = thrown as { code?: unknown; path?: unknown; upstream?: UpstreamError };
  if (thrown.name !== 'TranslateError' || !failureCodes.has(code)) {
    return failure('internal', `${thrown.name}: ${thrown.message}`);
  }
  const known = failure(
    code as TranslateFailureCode,
    thrown.message,
    typeof path === 'string' ? path : undefined,
  );
  if (upstream !== undefined && !known.ok) known.error.upstream = upstream;
  return known;
}

function failure(code: TranslateFailureCode, message: string, path?: string): TranslateResponse {
  return { ok: false, error: path === undefined ? { code, message } : { code, message, path } };
}
