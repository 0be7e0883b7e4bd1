import type {
  Json,
  ProviderPlugin,
  TranslateContext,
  TranslateResponse,
  Warning,
} from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { explainMissing } from './explain-missing.ts';
import { parseJson } from './parse-json.ts';
import type { ModuleRef } from './runner.ts';
import type { SandboxedModule } from './sandboxed-module.ts';

type Failure = Extract<TranslateResponse, { ok: false }>['error'] & { name?: string; stack?: string };
type Reply = { ok: true; output: Json; warnings?: Warning[]; memo?: Json } | { ok: false; error: Failure };

/** A sandboxed module as a plugin like any other: its translators put each call into JSON and the answer out of it. */
export function sandboxPlugin(module: ModuleRef, sandboxed: SandboxedModule): ProviderPlugin {
  const groups: Record<'dialect' | 'provider', Record<string, object>> = { dialect: {}, provider: {} };
  for (const [target, names] of Object.entries(sandboxed.functions)) {
    const kind = target.startsWith('dialect:') ? 'dialect' : 'provider';
    const translators = names.map((name) => [name, translator(module, sandboxed, target, name)]);
    groups[kind][target.slice(target.indexOf(':') + 1)] = Object.fromEntries(translators);
  }
  return { dialects: groups.dialect, adapters: groups.provider } as ProviderPlugin;
}

function translator(module: ModuleRef, sandboxed: SandboxedModule, target: string, name: string) {
  const head = `{"abi":1,"target":${JSON.stringify(target)},"function":${JSON.stringify(name)}`;
  return (input: Json, context: TranslateContext): unknown => {
    let reply: Reply;
    try {
      const text = sandboxed.call(
        `${head},"input":${JSON.stringify(input)},"context":${JSON.stringify(context)}}`,
      );
      reply = readReply(text);
    } catch (thrown) {
      throw sandboxFailure(thrown, module, name);
    }
    if (reply.ok) return reply;
    throw readFailure(reply.error, module, name);
  };
}

/** The guest may write anything at all. */
function readReply(text: string): Reply {
  let reply: unknown;
  try {
    reply = parseJson(text);
  } catch {
    throw new Error('what it returned is not JSON');
  }
  const { ok, error, warnings } = (reply ?? {}) as { ok?: unknown; error?: unknown; warnings?: unknown };
  if (ok === true && (warnings === undefined || Array.isArray(warnings))) return reply as Reply;
  if (ok === false && typeof error === 'object' && error !== null) {
    const { code, message, path, name, stack, upstream } = error as Record<string, unknown>;
    return {
      ok,
      error: {
        code: code === 'invalid-input' || code === 'unsupported' || code === 'upstream' ? code : 'internal',
        message: typeof message === 'string' ? message : 'no reason was given',
        path: typeof path === 'string' ? path : undefined,
        // Looked at where every plugin's failures are.
        upstream: upstream as Failure['upstream'],
        name: typeof name === 'string' ? name : undefined,
        stack: typeof stack === 'string' ? stack : undefined,
      },
    };
  }
  throw new Error('what it returned is not a TranslateResponse');
}

/** As the same plugin would have thrown it on this thread. */
function readFailure(error: Failure, module: ModuleRef, name: string): Error {
  if (error.name === 'InternalError' && /out of memory/.test(error.message)) {
    const reason = `it needed more than its ${module.limits.memoryMb} MB of memory (limits.memoryMb)`;
    return new GatewayError('GW_TRANSLATE_LIMIT', { plugin: module.plugin, function: name, reason });
  }
  const thrown = new Error(explainMissing(error.message));
  thrown.stack = error.stack === undefined ? error.message : `${error.message}\n${error.stack}`;
  return error.code === 'internal'
    ? thrown
    : Object.assign(thrown, {
        name: 'TranslateError',
        code: error.code,
        path: error.path,
        upstream: error.upstream,
      });
}

function sandboxFailure(thrown: unknown, { plugin, limits }: ModuleRef, name: string): unknown {
  const { name: kind, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (kind === 'SandboxTimeout')
    return new GatewayError('GW_TRANSLATE_TIMEOUT', { plugin, function: name, limit: limits.timeoutMs });
  if (kind === 'SandboxLimit')
    return new GatewayError('GW_TRANSLATE_LIMIT', { plugin, function: name, reason: String(message) });
  return thrown;
}
