import type { Json, ProviderPlugin, TranslateRequest } from '@dragoman/plugin-sdk';

import { addPolyfills } from './engine-polyfills.ts';

type AnyTranslator = (input: Json, context: TranslateRequest['context']) => unknown;

/**
 * The first script an engine runs; its value answers every text the host sends. A text that begins with `L` is a plugin's
 * one CommonJS file, which is run; `F` asks for the names of its functions once more; any other is a `TranslateRequest`.
 *
 * Only its text gets into the engine, so it may use nothing from outside of itself.
 */
function prelude(polyfill: (world: Record<string, unknown>) => void): (text: string) => string {
  const { parse, stringify } = JSON;
  const { hasOwn, entries, keys, defineProperty } = Object;
  const world = globalThis as unknown as Record<string, unknown>;
  const { isArray } = Array;
  const maxDepth = 1_000;
  let plugin: ProviderPlugin = {};
  let functions: Record<string, string[]> = {};

  /** The same input gives the same output, today and tomorrow: what could break that says so when it is used. */
  function removeChance(): void {
    const refuse = (what: string, instead: string) => (): never => {
      throw new TypeError(`${what} is not there in the sandbox: ${instead}`);
    };
    const noClock = refuse('the clock', 'use context.now');
    const realDate = Date;
    realDate.now = noClock;
    const date = new Proxy(realDate, {
      apply: noClock,
      construct: (target, parts, newTarget) =>
        parts.length === 0 ? noClock() : (Reflect.construct(target, parts, newTarget) as object),
    });
    defineProperty(realDate.prototype, 'constructor', { value: date, writable: true, configurable: true });
    world.Date = date;
    Math.random = refuse('Math.random', 'make ids of context.requestId');
    // When something is collected, and what another thread does, is chance too.
    for (const name of ['performance', 'WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics']) {
      delete world[name];
    }
  }

  function addConsole(): void {
    const silent = (): void => undefined;
    const names = [
      'log',
      'debug',
      'info',
      'warn',
      'error',
      'trace',
      'dir',
      'table',
      'assert',
      'time',
      'timeEnd',
    ];
    world.console = Object.fromEntries(names.map((name) => [name, silent]));
  }

  function load(code: string): Record<string, string[]> {
    const module: { exports: { default?: unknown } } = { exports: {} };
    new Function('module', 'exports', code)(module, module.exports);
    const made = module.exports?.default;
    if (typeof made !== 'object' || made === null) {
      throw new Error('its module has no default export that is an object; use definePlugin()');
    }
    plugin = made as ProviderPlugin;
    functions = {};
    note('dialect', plugin.dialects);
    note('provider', plugin.adapters);
    note('provider', plugin.locals);
    return functions;
  }

  function note(kind: string, groups: object | undefined): void {
    for (const [id, group] of entries(groups ?? {})) {
      const target = `${kind}:${id}`;
      const names = entries(group ?? {}).flatMap(([name, value]) =>
        typeof value === 'function' ? [name] : [],
      );
      functions[target] = [...(functions[target] ?? []), ...names];
    }
  }

  function find(target: string, name: string): AnyTranslator | undefined {
    const id = target.slice(target.indexOf(':') + 1);
    if (target.startsWith('dialect:')) return member(plugin.dialects, id, name);
    return member(plugin.adapters, id, name) ?? member(plugin.locals, id, name);
  }

  function member(groups: object | undefined, id: string, name: string): AnyTranslator | undefined {
    if (groups === undefined || !hasOwn(groups, id)) return undefined;
    const group = (groups as Record<string, unknown>)[id];
    if (typeof group !== 'object' || group === null || !hasOwn(group, name)) return undefined;
    const found = (group as Record<string, unknown>)[name];
    return typeof found === 'function' ? (found as AnyTranslator) : undefined;
  }

  function answer(text: string): unknown {
    if (text === 'F') return { ok: true, output: functions };
    return text.charAt(0) === 'L' ? { ok: true, output: load(text.slice(1)) } : translate(text);
  }

  function translate(text: string): unknown {
    const request = parse(text) as TranslateRequest;
    const translator = find(request.target, request.function);
    if (translator === undefined) {
      const message = `this plugin has no function '${request.function}' for '${request.target}'`;
      return { ok: false, error: { code: 'unsupported', message } };
    }
    const made = translator(request.input, request.context) as Record<string, unknown> | null | undefined;
    const fault = findNonJson(made?.output, 0);
    if (fault !== undefined) {
      const [path, what] = fault;
      throw new TypeError(`its output ${path === '' ? '' : `at ${path.slice(0, 200)} `}${what}`);
    }
    return { ok: true, output: made?.output, warnings: made?.warnings, memo: made?.memo };
  }

  /**
   * Writing JSON would leave it out, or make null of it, and nobody would know; elsewhere it is an error. Gives the path to
   * the first fault and what it is. Written for speed: it looks at all of every answer.
   */
  function findNonJson(value: unknown, depth: number): [path: string, what: string] | undefined {
    switch (typeof value) {
      case 'object':
        break;
      case 'number':
        return value - value === 0 ? undefined : ['', `has the number ${value}`];
      case 'function':
      case 'symbol':
      case 'bigint':
        return ['', `has a ${typeof value}`];
      default:
        return undefined;
    }
    if (value === null) return undefined;
    if (depth > maxDepth) return ['', 'contains itself or is nested too deeply'];
    const names = isArray(value) ? undefined : keys(value);
    const length = names === undefined ? (value as unknown[]).length : names.length;
    for (let index = 0; index < length; index++) {
      const key = names === undefined ? index : (names[index] as string);
      const each = (value as Record<string | number, unknown>)[key];
      if (typeof each === 'string') continue;
      const fault = findNonJson(each, depth + 1);
      if (fault !== undefined) return [`/${key}${fault[0]}`, fault[1]];
    }
    return undefined;
  }

  /** What was thrown may throw again when it is looked at. */
  function describeThrown(thrown: unknown): unknown {
    try {
      const { name, code, message, path, stack, upstream } = Object(thrown) as Record<string, unknown>;
      const isKnown = code === 'invalid-input' || code === 'unsupported' || code === 'upstream';
      const isRefusal = name === 'TranslateError' && isKnown;
      return {
        code: isRefusal ? code : 'internal',
        message: typeof message === 'string' ? message : String(thrown),
        path: typeof path === 'string' ? path : undefined,
        upstream: isRefusal ? upstream : undefined,
        name: typeof name === 'string' ? name : undefined,
        stack: typeof stack === 'string' ? stack.slice(0, 2_000) : undefined,
      };
    } catch {
      return { code: 'internal', message: 'it threw something that cannot be read' };
    }
  }

  removeChance();
  addConsole();
  polyfill(world);
  return (text) => {
    try {
      return stringify(answer(text));
    } catch (thrown) {
      return stringify({ ok: false, error: describeThrown(thrown) });
    }
  };
}

export const preludeText: string = `(${prelude.toString()})(${addPolyfills.toString()})`;
