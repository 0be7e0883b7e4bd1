import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const toyDialect = readFileSync(join(import.meta.dirname, '../plugin-sdk/toy-dialect.ts'), 'utf8');

/** What a version of the lawful plugin can have wrong with it, by the statement that is added to its `decodeStream`. */
export const wrongs = {
  nothing: '',
  batching: 'if (items.length > 1) items = items.slice(0, 1);',
  throw: "throw new Error('no luck today');",
  loop: 'for (;;) {}',
  exit: 'process.exit(0);',
} as const;

export interface LawfulOptions {
  version?: string;
  wrong?: keyof typeof wrongs;
  /** Files of `fixtures/`; default: one stream that every right version passes. */
  fixtures?: Record<string, unknown>;
  /** Merged over the manifest. */
  manifest?: object;
}

/** The dialect that keeps all laws (test/plugin-sdk/toy-dialect.ts) as a plugin, with a fixture, right or wrong. */
export function lawfulFiles(id: string, options: LawfulOptions = {}): Record<string, string> {
  const { version = '1.0.0', wrong = 'nothing', fixtures = { hello: helloStream(id) }, manifest } = options;
  const whole = {
    apiVersion: '1',
    id,
    version,
    name: id,
    description: 'A toy that keeps the laws',
    engines: { dragoman: '>=0.1.0' },
    runtime: { js: './src/index.ts' },
    limits: { timeoutMs: 600 },
    dialects: [
      {
        id: `${id}-chat`,
        name: id,
        roles: ['inbound', 'outbound'],
        framing: 'sse',
        routes: [{ operation: 'chat', method: 'POST', path: `/${id}`, model: '/model', stream: '/stream' }],
      },
    ],
    ...manifest,
  };
  const files = Object.entries(fixtures).map(([name, fixture]) => [
    `fixtures/${name}.json`,
    JSON.stringify(fixture),
  ]);
  return {
    'src/dialect.ts': toyDialect,
    'src/index.ts': `import { definePlugin } from '@dragoman/plugin-sdk';
import { toyDialect } from './dialect.ts';
/** Version ${version} */
const decodeStream = ({ state, items, end }, context) => {
  ${wrongs[wrong]}
  return toyDialect.decodeStream({ state, items, end }, context);
};
export default definePlugin({ dialects: { '${id}-chat': { ...toyDialect, decodeStream } } });
`,
    ...Object.fromEntries(files),
    'plugin.json': JSON.stringify(whole, null, 2),
  };
}

export function helloStream(id: string): object {
  return {
    kind: 'stream',
    dialect: `${id}-chat`,
    note: 'A reply in two pieces',
    request: { body: { model: 'm', prompt: 'hi', stream: true } },
    stream: [
      { data: { open: 'r', model: 'm' } },
      { data: { text: 'Hel' } },
      { data: { text: 'lo' } },
      { data: { close: true } },
    ],
  };
}
