/**
 * What a plugin that means harm would try. `code` is the body of a function that gets what the user said behind the
 * attack's name; a text that begins with `harm` says that it worked. Whatever else it does or returns is its own affair.
 */
export interface Attack {
  /** As the table of the README names it. */
  title: string;
  code: string;
  /** A later call, by another exchange, that looks whether the attack left something behind. */
  afterwards?: string;
}

const builtin = (name: string): string => `process.getBuiltinModule('${name}')`;

export const attacks = {
  loop: { title: 'an endless loop', code: 'for (;;) {}' },
  recursion: {
    title: 'endless recursion',
    code: 'const deeper = () => deeper() + 1; return String(deeper());',
  },
  regex: {
    title: 'an expression that never ends',
    code: `return String(/^(a+)+$/.test('${'a'.repeat(60)}b'));`,
  },
  objects: {
    title: 'a gigabyte of objects',
    code: 'const held = []; for (let n = 0; n < 128; n++) held.push(new Array(1 << 20).fill({ n })); return "harm " + held.length;',
  },
  buffers: {
    title: 'half a gigabyte of buffers',
    code: 'const held = []; for (let n = 0; n < 8; n++) held.push(new Uint8Array(1 << 26)); return "harm " + held.length;',
  },
  output: { title: 'an answer of 80 MB', code: 'return "harm " + "x".repeat(80_000_000);' },
  warnings: {
    title: 'a million warnings',
    code: 'throw { warnings: new Array(1_000_000).fill({ code: "dropped", path: "/model", message: "nothing" }) };',
  },
  text: { title: 'a throw of something that is no error', code: "throw 'only text';" },
  promise: { title: 'a promise that is never kept', code: 'return new Promise(() => {});' },
  shape: {
    title: 'an answer of the wrong shape',
    code: 'throw { events: [{ type: "part-end", index: -1 }, 7] };',
  },
  pollution: {
    title: 'changed prototypes',
    code: `Object.prototype.polluted = 'yes'; Array.prototype.flatMap = () => []; JSON.parse = () => ({});
      globalThis.left = 'behind'; return 'done';`,
    afterwards: `return ({}).polluted !== undefined || globalThis.left !== undefined || JSON.parse('[1]')[0] !== 1
      ? 'harm' : 'clean';`,
  },
  memory: {
    title: 'what another request said',
    code: 'globalThis.kept = (globalThis.kept ?? "") + said; held.push(said); return "done";',
    afterwards:
      'return String(globalThis.kept).includes("secret") || held.includes("secret") ? "harm" : "clean";',
  },
  neighbour: {
    title: 'what another plugin is told',
    code: `const parse = JSON.parse; const seen = []; globalThis.seen = seen;
      JSON.parse = (text, ...rest) => { seen.push(String(text)); return parse(text, ...rest); };
      const { stringify } = JSON; JSON.stringify = (value, ...rest) => { const text = stringify(value, ...rest); seen.push(String(text)); return text; };
      return 'done';`,
    afterwards:
      'return (globalThis.seen ?? []).some((text) => text.includes("victim words")) ? "harm" : "clean";',
  },
  exit: { title: 'process.exit', code: 'process.exit(0);' },
  kill: {
    title: 'a signal to the gateway',
    // Signal 0 asks whether one could be sent, and sends none.
    code: 'return process.kill(process.pid, 0) ? "harm" : "no";',
  },
  file: {
    title: 'reading a file',
    code: `return "harm " + ${builtin('fs')}.readFileSync('/etc/hostname', 'utf8').length;`,
  },
  write: {
    title: 'writing a file',
    code: `${builtin('fs')}.writeFileSync(said, 'here I was'); return 'harm';`,
  },
  socket: {
    title: 'a connection to the network',
    code: `${builtin('net')}.connect(Number(said), '127.0.0.1').on('error', () => {}); return 'tried';`,
  },
  environment: {
    title: 'the environment',
    code: 'return Object.keys(process.env).some((name) => name === "PATH" || name.startsWith("DRAGOMAN")) ? "harm" : "empty";',
  },
  spawn: {
    title: 'another program',
    code: `const { status, error } = ${builtin('child_process')}.spawnSync('true'); if (error) throw error; return "harm " + status;`,
  },
  addon: {
    title: 'a native addon',
    code: `try { process.dlopen({ exports: {} }, said); return 'harm'; } catch (error) {
      if (/self-register/.test(String(error))) return 'harm: it was loaded'; throw error; }`,
  },
  constructor: {
    title: 'the way out through `constructor.constructor`',
    code: `const world = (() => {}).constructor.constructor('return globalThis')();
      return world.process === undefined ? 'nothing out there' : 'harm';`,
  },
  timers: {
    title: 'a timer that outlives its call',
    code: 'globalThis.ticks = 0; setInterval(() => { globalThis.ticks++; }, 1); const until = Date.now() + 20; while (Date.now() < until); return "done";',
    afterwards: 'return globalThis.ticks > 0 ? "harm" : "clean";',
  },
  log: {
    title: 'a flood of log lines',
    code: 'for (let n = 0; n < 20_000; n++) console.log("flood " + n); return "done";',
  },
} as const satisfies Record<string, Attack>;
export type AttackName = keyof typeof attacks;

/** A local provider that does what the user says: `NAME REST`, or `after NAME`. */
export function hostileFiles(id: string): Record<string, string> {
  const functions = (field: 'code' | 'afterwards'): string =>
    Object.entries<Attack>(attacks)
      .filter(([, attack]) => attack[field] !== undefined)
      .map(([name, attack]) => `  ${name}(said) { ${attack[field]} },`)
      .join('\n');
  return local(
    id,
    `const held = [];
const deeds = {
${functions('code')}
};
const looks = {
${functions('afterwards')}
};
function answer(text) {
  const [first, ...rest] = text.split(' ');
  const said = rest.join(' ');
  return first === 'after' ? looks[said](said) : deeds[first](said);
}
function respond(request) {
  let text;
  try {
    text = answer(request.messages.at(-1).parts[0].text);
  } catch (thrown) {
    if (Array.isArray(thrown?.events)) return { output: thrown.events };
    if (!Array.isArray(thrown?.warnings)) throw thrown;
    return { output: events('harm'), warnings: thrown.warnings };
  }
  return typeof text === 'string' ? { output: events(text) } : text;
}`,
  );
}

/** A local provider that is in order: it repeats what it is told, in capitals. */
export function victimFiles(id: string): Record<string, string> {
  return local(
    id,
    `const respond = (request) => ({ output: events(request.messages.flatMap(({ parts }) => parts)
  .map((part) => part.text.toUpperCase()).join(' ')) });`,
  );
}

function local(id: string, code: string): Record<string, string> {
  const manifest = {
    apiVersion: '1',
    id,
    version: '1.0.0',
    name: id,
    description: 'A toy for tests',
    engines: { dragoman: '>=0.1.0' },
    runtime: { js: './index.js' },
    limits: { timeoutMs: 500, memoryMb: 32 },
    providers: [
      {
        id,
        name: id,
        transport: 'local',
        models: { list: [{ id: 'toy', input: ['text'], output: ['text'], features: ['stream'] }] },
      },
    ],
  };
  return {
    'index.js': `const events = (text) => [
  { type: 'response-start', id: 'r', model: 'toy' },
  { type: 'part-start', index: 0, part: { type: 'text' } },
  { type: 'part-delta', index: 0, delta: { type: 'text', text } },
  { type: 'part-end', index: 0 },
  { type: 'usage', usage: { inputTokens: 1, outputTokens: 1 } },
  { type: 'response-end', finish: { reason: 'stop' } },
];
${code}
export default { locals: { ${JSON.stringify(id)}: { respond } } };
`,
    'plugin.json': JSON.stringify(manifest, null, 2),
  };
}
