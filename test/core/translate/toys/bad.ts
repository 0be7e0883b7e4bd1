import fs from 'node:fs';
import { threadId } from 'node:worker_threads';
import type { Frame, Json, JsonObject, ProviderPlugin } from '@dragoman/plugin-sdk';

/** Does on request what a plugin must not do; the request's text, or a frame's `text`, says what. */
const plugin: ProviderPlugin = {
  adapters: {
    bad: {
      adaptRequest: (input) => {
        const body = input.body as JsonObject;
        const odd = misbehave(String(body.text), body);
        return odd === undefined ? { output: input } : odd;
      },
      adaptStream: (input) => {
        let state = input.state;
        for (const item of input.items as Frame[]) {
          const text = String((item.data as JsonObject).text);
          if (text === 'state bomb') state = 'x'.repeat(200_000);
          const odd = misbehave(text, item.data as JsonObject);
          if (odd !== undefined) return odd as never;
        }
        return { output: { state, items: input.items } };
      },
    },
  },
};
export default plugin;

const kept: unknown[] = [];
let leftovers = 0;

function misbehave(what: string, body: JsonObject): { output: never } | undefined {
  switch (what) {
    case 'loop':
      for (;;) leftovers++;
    case 'throw':
      throw new Error('thrown on request');
    case 'throw text':
      throw 'only a text';
    case 'throw odd': {
      const odd = Object.create(null) as Record<string, unknown>;
      Object.defineProperty(odd, 'message', {
        get() {
          throw new Error('again');
        },
      });
      throw odd;
    }
    case 'memory':
      for (;;) kept.push({ a: [leftovers++], b: { c: `${leftovers}` } });
    case 'arrays':
      // Each is made in one piece of 128 MB.
      for (;;) kept.push('x'.repeat(2 ** 24).split(''));
    case 'promise':
      return new Promise(() => {}) as never;
    case 'nothing':
      return null as never;
    case 'exit':
      process.exit(3);
      break;
    case `exit on thread ${threadId}`:
      // The repeat runs on another thread.
      process.exit(3);
      break;
    case 'thread':
      return answer(threadId);
    case 'huge':
      return { output: { body: { text: 'x'.repeat(3_000_000) } } as never };
    case 'wrong shape':
      return { output: { body, headers: { a: 1 } } as never };
    case 'function':
      return { output: { body: { text: () => 1 } } as never };
    case 'read':
      return answer(attempt(() => fs.readFileSync('/etc/passwd', 'utf8').length));
    case 'read directory':
      return answer(attempt(() => fs.readFileSync('package.json', 'utf8').length));
    case 'environment':
      return answer(Object.keys(process.env).length);
    case 'network':
      return answer(String(process.permission.has('net')));
    case 'spawn':
      return answer(attempt(() => process.getBuiltinModule('node:child_process').spawnSync('id').status));
    case 'pollute':
      Object.assign(Object.prototype, { polluted: 1 });
      break;
    default:
  }
  return undefined;
}

function attempt(act: () => unknown): Json {
  try {
    return String(act());
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  }
}
function answer(text: Json): { output: never } {
  return { output: { body: { text } } as never };
}
