import { type Attack, type AttackName, attacks } from './attacks.ts';
import { wasmCode } from './hostile-wasm.ts';

/** How a plugin's code is written. */
export type Kind = 'js' | 'wasm';
export type Files = Record<string, string | Uint8Array>;

/** A call whose user says this and what it is done with. */
export const order = 'attack!';
/** What the user says who looks whether something was left behind. */
export const look = 'look at it';

export const idOf = (name: string): string => `hostile-${name}`;

/** A plugin that tries one attack when it is told to; null where this kind of code cannot. */
export async function hostileFiles(name: AttackName, kind: Kind, origin: string): Promise<Files | null> {
  const attack: Attack = attacks[name];
  const id = idOf(name);
  const isStream = name === 'state';
  const shape = isStream ? streamManifest(id, origin) : localManifest(id);
  if (kind === 'wasm') {
    if (attack.wasm === undefined) return null;
    return files(shape, await wasmCode(attack.wasm, isStream), attack.wasm.wasi);
  }
  if (attack.code === undefined) return null;
  return files(shape, isStream ? streamCode(id, attack.code) : localCode(id, attack));
}

/** A local provider that is in order: it repeats what it is told, in capitals. */
export async function victimFiles(id: string, kind: Kind): Promise<Files> {
  if (kind === 'wasm') return files(localManifest(id), await wasmCode({}, false, 'VICTIM WORDS'));
  const respond = `const respond = (request) => ({ output: events(request.messages.flatMap(({ parts }) => parts)
  .map((part) => part.text.toUpperCase()).join(' ')) });`;
  return files(localManifest(id), `${eventsCode}${respond}\n${exportsOf(id)}`);
}

/** What goes wrong when a plugin is loaded, by name: it never comes into use. */
export const loadAttacks = {
  start: { title: 'an endless loop while it is loaded', reason: /longer than \d+ ms in loading its code/ },
  lie: { title: 'a manifest that names functions it does not have', reason: /respond/ },
  table: { title: 'a table of ten million entries', reason: /16384 are the most/ },
  exports: { title: 'ten thousand exports', reason: /1000 are the most/ },
} as const;
export type LoadAttackName = keyof typeof loadAttacks;

export async function loadAttackFiles(name: LoadAttackName, kind: Kind): Promise<Files | null> {
  const manifest = localManifest(idOf(name));
  if (kind === 'wasm') return files(manifest, await wasmCode(wasmLoadAttacks[name], false));
  if (name === 'start') return files(manifest, `for (;;) {}\n${exportsOf(idOf(name))}`);
  if (name === 'lie')
    return files(manifest, `export default { locals: { ${JSON.stringify(idOf(name))}: {} } };\n`);
  return null;
}

const wasmLoadAttacks: Record<LoadAttackName, Parameters<typeof wasmCode>[0]> = {
  start: { imports: '(func $begin (loop $on (br $on))) (start $begin)' },
  lie: { lacksAll: true },
  table: { imports: '(table 10000000 funcref)' },
  exports: {
    imports: `(func $more) ${Array.from({ length: 10_000 }, (_, n) => `(export "e${n}" (func $more))`).join(' ')}`,
  },
};

/** A version of a plugin that says its number twice, each time from another file where there are two. */
export async function changingFiles(id: string, version: number, kind: Kind): Promise<Files> {
  const manifest = { ...localManifest(id), version: `1.0.${version}` };
  if (kind === 'wasm') return files(manifest, await wasmCode({}, false, `${version}.${version}`));
  const code = `import { version } from './version.js';\n${eventsCode}
const respond = () => ({ output: events(version + '.${version}') });\n${exportsOf(id)}`;
  return { 'version.js': `export const version = ${version};\n`, ...files(manifest, code) };
}

function files(manifest: object, code: string | Uint8Array, wasi?: boolean): Files {
  const isScript = typeof code === 'string';
  const runtime = isScript
    ? { js: './index.js' }
    : { wasm: './plugin.wasm', ...(wasi === true ? { wasi } : {}) };
  return {
    [isScript ? 'index.js' : 'plugin.wasm']: code,
    'plugin.json': JSON.stringify({ ...manifest, runtime }, null, 2),
  };
}

const common = (id: string) => ({
  apiVersion: '1',
  id,
  version: '1.0.0',
  name: id,
  description: 'A toy for tests',
  engines: { dragoman: '>=0.1.0' },
  limits: { timeoutMs: 500, memoryMb: 32 },
});
const models = { list: [{ id: 'toy', input: ['text'], output: ['text'], features: ['stream'] }] };

function localManifest(id: string): object {
  return { ...common(id), providers: [{ id, name: id, transport: 'local', models }] };
}

/** A service of its own, whose streams come through a dialect of its own: what has a state. */
function streamManifest(id: string, origin: string): object {
  const endpoints = { chat: { operation: 'chat', path: '/chat' } };
  return {
    ...common(id),
    permissions: { hosts: [new URL(origin).host] },
    dialects: [{ id: `${id}-chat`, name: id, roles: ['outbound'], framing: 'sse' }],
    providers: [
      {
        id,
        name: id,
        dialect: `${id}-chat`,
        baseUrl: origin,
        endpoints,
        auth: [{ id: 'none', type: 'none' }],
        models,
      },
    ],
  };
}

const eventsCode = `const events = (text) => [
  { type: 'response-start', id: 'r', model: 'toy' },
  { type: 'part-start', index: 0, part: { type: 'text' } },
  { type: 'part-delta', index: 0, delta: { type: 'text', text } },
  { type: 'part-end', index: 0 },
  { type: 'usage', usage: { inputTokens: 1, outputTokens: 1 } },
  { type: 'response-end', finish: { reason: 'stop' } },
];
`;
const exportsOf = (id: string): string =>
  `export default { locals: { ${JSON.stringify(id)}: { respond } } };\n`;

function localCode(id: string, { code, afterwards = 'return "clean";' }: Attack): string {
  return `${eventsCode}const held = [];
function attack(said) { ${code} }
function look() { ${afterwards} }
function respond(request) {
  const text = request.messages.at(-1).parts[0].text;
  let made = 'calm';
  try {
    if (text.startsWith('${order}')) made = attack(text.slice(${order.length + 1}));
    else if (text === '${look}') made = look();
  } catch (thrown) {
    if (Array.isArray(thrown?.events)) return { output: thrown.events };
    if (!Array.isArray(thrown?.warnings)) throw thrown;
    return { output: events('harm'), warnings: thrown.warnings };
  }
  return typeof made === 'string' ? { output: events(made) } : made;
}
${exportsOf(id)}`;
}

function streamCode(id: string, code: string): string {
  return `const grow = () => { ${code} };
const dialect = {
  encodeRequest: () => ({ output: { endpoint: 'chat', body: {} } }),
  decodeResponse: () => ({ output: null }),
  decodeStream: () => ({ output: { items: [], state: grow() } }),
  decodeError: () => ({ output: { kind: 'server', message: 'an error' } }),
};
export default { dialects: { ${JSON.stringify(`${id}-chat`)}: dialect } };
`;
}
