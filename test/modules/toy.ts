import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface ToyOptions {
  id: string;
  version?: string;
  /** What its local provider answers; also makes one content differ from another. */
  text?: string;
  /** Merged over the manifest. */
  manifest?: object;
  /** In place of the code. */
  code?: string;
}

/** The manifest of a plugin with one local provider. */
export function toyManifest({ id, version = '1.0.0', manifest = {} }: ToyOptions): object {
  return {
    apiVersion: '1',
    id,
    version,
    name: id,
    description: 'A toy for tests',
    engines: { dragoman: '>=0.1.0' },
    runtime: { js: './src/index.ts' },
    providers: [
      {
        id,
        name: id,
        transport: 'local',
        models: { list: [{ id: 'toy', input: ['text'], output: ['text'], features: ['stream'] }] },
      },
    ],
    ...manifest,
  };
}

/** A local provider that answers with `text`, in two files and with the SDK. */
export function toyFiles(options: ToyOptions): Record<string, string> {
  const { id, text = 'one' } = options;
  const code =
    options.code ??
    `import { definePlugin } from '@dragoman/plugin-sdk';
import { text } from './text.ts';
const respond = () => ({ output: [
  { type: 'response-start', id: 'r', model: 'toy' },
  { type: 'part-start', index: 0, part: 'text' },
  { type: 'part-delta', index: 0, delta: { type: 'text', text } },
  { type: 'part-end', index: 0 },
  { type: 'response-end', finish: { reason: 'stop' }, usage: {} },
] });
export default definePlugin({ locals: { ${JSON.stringify(id)}: { respond } } });
`;
  return {
    'src/text.ts': `export const text: string = ${JSON.stringify(text)};\n`,
    'src/index.ts': code,
    'plugin.json': JSON.stringify(toyManifest(options), null, 2),
  };
}

/** A provider that needs no code. */
export function manifestOnly(
  id: string,
  provider: object = {},
  manifest: object = {},
): Record<string, string> {
  const whole = {
    apiVersion: '1',
    id,
    version: '1.0.0',
    name: id,
    description: 'A toy for tests',
    engines: { dragoman: '>=0.1.0' },
    permissions: { hosts: [`api.${id}.test`] },
    providers: [
      {
        id,
        name: id,
        dialect: 'toy-chat',
        baseUrl: `https://api.${id}.test/v1/`,
        endpoints: { chat: { operation: 'chat', path: '/chat' } },
        auth: [
          {
            id: 'key',
            type: 'api-key',
            place: { in: 'header', name: 'authorization', prefix: 'Bearer ' },
            env: [`${id.toUpperCase().replaceAll('-', '_')}_API_KEY`],
          },
        ],
        ...provider,
      },
    ],
    ...manifest,
  };
  return { 'plugin.json': JSON.stringify(whole, null, 2) };
}

/** A dialect and nothing else, both ways. */
export function dialectFiles(id: string, dialect: string, manifest: object = {}): Record<string, string> {
  const names = ['decodeRequest', 'encodeResponse', 'encodeStream', 'encodeError'];
  names.push('encodeRequest', 'decodeResponse', 'decodeStream', 'decodeError');
  const whole = {
    apiVersion: '1',
    id,
    version: '1.0.0',
    name: id,
    description: 'A toy for tests',
    engines: { dragoman: '>=0.1.0' },
    runtime: { js: './index.js' },
    dialects: [
      {
        id: dialect,
        name: dialect,
        roles: ['inbound', 'outbound'],
        framing: 'sse',
        routes: [
          { operation: 'chat', method: 'POST', path: `/${dialect}`, model: '/model', stream: '/stream' },
        ],
      },
    ],
    ...manifest,
  };
  return {
    'plugin.json': JSON.stringify(whole, null, 2),
    'index.js': `const same = (input) => ({ output: input });\nexport default { dialects: { ${JSON.stringify(dialect)}: { ${names.map((name) => `${name}: same`).join(', ')} } } };\n`,
  };
}

/** Writes a plugin folder, the manifest last: what comes before is a copy that is not finished. */
export function writePlugin(directory: string, files: Record<string, string | Uint8Array>): void {
  for (const [path, text] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
