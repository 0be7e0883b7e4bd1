import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePlugin } from './toy.ts';

/**
 * A plugin whose every part says which version it is of: the endpoint in its manifest, what it sends, and each event it
 * makes of what comes back. A reply in which they differ has seen half a change.
 */
export function versionedFiles(id: string, version: number, origin: string): Record<string, string> {
  const manifest = {
    apiVersion: '1',
    id,
    version: `1.0.${version}`,
    name: id,
    description: 'A toy that says which version of it answered',
    engines: { dragoman: '>=0.1.0' },
    runtime: { js: './src/index.ts' },
    permissions: { hosts: [new URL(origin).host] },
    dialects: [{ id: `${id}-chat`, name: id, roles: ['outbound'], framing: 'sse' }],
    providers: [
      {
        id,
        name: id,
        dialect: `${id}-chat`,
        baseUrl: origin,
        endpoints: { chat: { operation: 'chat', path: `/v${version}/chat` } },
        auth: [{ id: 'none', type: 'none' }],
        models: { list: [{ id: 'toy', input: ['text'], output: ['text'], features: ['stream'] }] },
      },
    ],
  };
  return {
    'src/version.ts': `export const version: number = ${version};\n`,
    'src/index.ts': code(id),
    'plugin.json': JSON.stringify(manifest, null, 2),
  };
}

/** A word of the reply: the version that decoded it, that of the endpoint and that of the request. */
export const wordPattern = /^(\d+)\.\1\.\1$/;

function code(id: string): string {
  return `import { definePlugin } from '@dragoman/plugin-sdk';
import { version } from './version.ts';

const word = ({ path, sent }: { path: string; sent: number }) => \`\${version}.\${path}.\${sent} \`;

const dialect = {
  encodeRequest: (request) => ({
    output: { endpoint: 'chat', body: { sent: version, stream: request.stream, words: request.maxOutputTokens ?? 8 } },
  }),
  decodeResponse: ({ body }) => ({
    output: {
      id: 'r', model: 'toy', parts: [{ type: 'text', text: body.words.map(word).join('') }],
      finish: { reason: 'stop' }, usage: { inputTokens: 1, outputTokens: body.words.length },
    },
  }),
  decodeStream: ({ state, items, end }) => {
    let { open, by } = state ?? { open: false, by: version };
    if (by !== version) throw new Error(\`a stream of version \${by} came to version \${version}\`);
    const events = [];
    for (const { data } of items) {
      if (data === '[DONE]') {
        events.push({ type: 'part-end', index: 0 }, { type: 'response-end', finish: { reason: 'stop' } });
        continue;
      }
      if (!open) {
        events.push({ type: 'response-start', id: 'r', model: 'toy' });
        events.push({ type: 'part-start', index: 0, part: { type: 'text' } });
        open = true;
      }
      events.push({ type: 'part-delta', index: 0, delta: { type: 'text', text: word(data) } });
    }
    return { output: { state: { open, by }, items: events } };
  },
  decodeError: ({ status }) => ({ output: { kind: 'server', message: \`status \${status}\`, status } }),
};

export default definePlugin({ dialects: { ${JSON.stringify(`${id}-chat`)}: dialect } });
`;
}

/** Replaces a whole plugin folder by renaming, as installers do: the old one away, the new one in its place. */
export function replaceFolder(plugins: string, id: string, files: Record<string, string>): void {
  const aside = join(plugins, '..', 'aside');
  mkdirSync(aside, { recursive: true });
  writePlugin(join(aside, 'new'), files);
  renameSync(join(plugins, id), join(aside, 'old'));
  renameSync(join(aside, 'new'), join(plugins, id));
  rmSync(join(aside, 'old'), { recursive: true });
}
