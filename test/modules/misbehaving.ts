/** Everything a plugin can do wrong in one call, by the name a request asks for it with. */
export const misdeeds = {
  loop: 'for (;;) {}',
  throw: "throw new Error('no luck today');",
  'throw-text': "throw 'only text';",
  'throw-nothing': 'throw null;',
  'throw-trap':
    "throw { get message() { throw new Error('trapped'); }, get name() { throw new Error('trapped'); } };",
  // 1 GB: 128 times 2^20 slots of 8 bytes.
  memory:
    'const held = []; for (let n = 0; n < 128; n++) held.push(new Array(1 << 20).fill({ n })); return held;',
  number: 'return 7;',
  nothing: 'return undefined;',
  'wrong-output': "return { output: { state: 'x', items: 'none', endpoint: 7, body: undefined } };",
  promise: 'return new Promise(() => {});',
  'promise-fails': "return Promise.reject(new Error('too late'));",
  'rejects-later': "Promise.reject(new Error('nobody waits for it')); throw new Error('and this');",
  exit: 'process.exit(0);',
  recursion: 'const deeper = () => deeper() + 1; return deeper();',
} as const;

export type Misdeed = keyof typeof misdeeds;

/**
 * A plugin that does the misdeed a request names: in `encodeRequest` when the user says `request NAME`, in `decodeStream`
 * when the service says so, which it does when the user says `stream NAME`.
 */
export function misbehavingFiles(id: string, origin: string): Record<string, string> {
  const manifest = {
    apiVersion: '1',
    id,
    version: '1.0.0',
    name: id,
    description: 'A toy that does whatever it should not',
    engines: { dragoman: '>=0.1.0' },
    runtime: { js: './index.js' },
    limits: { timeoutMs: 600 },
    permissions: { hosts: [new URL(origin).host] },
    dialects: [{ id: `${id}-chat`, name: id, roles: ['outbound'], framing: 'sse' }],
    providers: [
      {
        id,
        name: id,
        dialect: `${id}-chat`,
        baseUrl: origin,
        endpoints: { chat: { operation: 'chat', path: '/chat' } },
        auth: [{ id: 'none', type: 'none' }],
        models: { list: [{ id: 'toy', input: ['text'], output: ['text'], features: ['stream'] }] },
      },
    ],
  };
  return { 'index.js': code(id), 'plugin.json': JSON.stringify(manifest, null, 2) };
}

function code(id: string): string {
  const deeds = Object.entries(misdeeds).map(([name, body]) => `  ${JSON.stringify(name)}() { ${body} },`);
  return `const deeds = {
${deeds.join('\n')}
};
const dialect = {
  encodeRequest(request) {
    const [where, name] = request.messages.at(-1).parts[0].text.split(' ');
    if (where === 'request') return deeds[name]();
    return { output: { endpoint: 'chat', body: { name, stream: request.stream } } };
  },
  decodeResponse: ({ body }) => deeds[body.do](),
  decodeStream({ state, items, end }) {
    const events = [];
    for (const { data } of items) {
      if (data === '[DONE]') events.push({ type: 'part-end', index: 0 }, { type: 'response-end', finish: { reason: 'stop' } });
      else if (data.do !== undefined) return deeds[data.do]();
      else {
        if (state === null) {
          events.push({ type: 'response-start', id: 'r', model: 'toy' }, { type: 'part-start', index: 0, part: { type: 'text' } });
          state = {};
        }
        events.push({ type: 'part-delta', index: 0, delta: { type: 'text', text: data.say } });
      }
    }
    return { output: { state, items: events } };
  },
  decodeError: ({ status }) => ({ output: { kind: 'server', message: 'status ' + status, status } }),
};
export default { dialects: { ${JSON.stringify(`${id}-chat`)}: dialect } };
`;
}
