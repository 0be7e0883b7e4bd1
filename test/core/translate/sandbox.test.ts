import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, TranslateFunction } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import type { PoolRunner } from '../../../core/translate/pool-runner.ts';
import type { ModuleRef, TranslateStep } from '../../../core/translate/runner.ts';
import { createSandbox, type Sandbox } from '../../../core/translate/sandbox.ts';
import { type WasmToy, wasmToy } from '../../modules/wasm-toys.ts';
import { context, limits, toy } from './plans.ts';

interface Opened {
  runner: PoolRunner;
  module: ModuleRef;
  sandbox: Sandbox;
  /** One call of an exchange of its own, unless it is named. */
  call(input?: Json, exchange?: string): Promise<Json>;
}

const folder = t.testdir();
/** Beginnings, middles and ends of characters in UTF-8, and bytes that are none of them. */
const oddBytes = [
  0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5,
  0xff,
];
let exchanges = 0;
let files = 0;

let events: string[] = [];

function createOne(): Sandbox {
  return createSandbox({
    threads: 1,
    log: silentLog,
    onInstances: (plugin, event, count) => events.push(`${plugin} ${event} ${count}`),
    onDeath: (plugin, cause) => events.push(`${plugin} died of ${cause}`),
  });
}
/** One thread for all tests, kept by a runner that is never used. */
const shared = createOne();
const keeper = shared.open([toy('keeper', { tier: 'sandbox' })]);
t.teardown(() => keeper.close());

function open(t: Test, module: ModuleRef, sandbox = shared): Opened {
  events = [];
  const runner = sandbox.open([module]);
  t.teardown(() => runner.close());
  return { sandbox, runner, module, call: caller(runner, module) };
}

function caller(runner: PoolRunner, module: ModuleRef, name: TranslateFunction = 'encodeError') {
  const steps: TranslateStep[] = [
    { type: 'translate', module, target: 'dialect:toy', function: name, config: {} },
  ];
  return async (input: Json = {}, exchange = `exchange-${exchanges++}`) =>
    (await runner.call(steps, input, { ...context, requestId: exchange }, [])).output;
}

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

type MemoryClass = new (options: { initial: number }) => { grow(pages: number): number };

/** A plugin whose one function is `body`, with `input` and `context` in reach. */
function script(body: string, changes: Partial<ModuleRef> = {}, before = ''): ModuleRef {
  const file = join(folder, `${files++}.cjs`);
  const code = `${before}\nconst encodeError = (input, context) => { ${body} };
module.exports = { default: { dialects: { toy: { encodeError } } } };`;
  writeFileSync(file, code);
  return toy('scripted', { id: `scripted@${files}`, file, format: 'cjs', tier: 'sandbox', ...changes });
}

async function wasm(made: WasmToy, changes: Partial<ModuleRef> = {}): Promise<ModuleRef> {
  const file = join(folder, `${files++}.wasm`);
  writeFileSync(file, await wasmToy(made));
  const candidates = { 'dialect:toy': ['encodeError'] };
  return toy('made', { id: `made@${files}`, file, format: 'wasm', tier: 'sandbox', candidates, ...changes });
}

t.test('nothing one exchange leaves behind is there for another', async (t) => {
  const remember = `
    const seen = [kept, globalThis.kept, ({}).kept, [].kept, JSON.kept].map((each) => each ?? null);
    kept = globalThis.kept = Object.prototype.kept = Array.prototype.kept = JSON.kept = input.secret;
    return { output: seen };`;
  const { call } = open(t, script(remember, {}, 'let kept;'));
  const none = [null, null, null, null, null];
  t.strictSame(await call({ secret: 'a' }, 'first'), none);
  t.strictSame(await call({ secret: 'b' }, 'second'), none);
  t.strictSame(await call({ secret: 'c' }, 'first'), none, 'not even when the first one comes back');
});

t.test('calls of one exchange may share an instance, others never do', async (t) => {
  const { call } = open(t, await wasm({ reply: '{"ok":true,"output":#}' }));
  const asked = [await call({}, 'a'), await call({}, 'a'), await call({}, 'b'), await call({}, 'a')];
  t.strictSame(asked, [1, 2, 1, 1]);
});

t.test('streams have instances of their own, found again while there is room', async (t) => {
  const frames = '{"ok":true,"output":{"state":null,"items":[{"data":#}]}}';
  const changes = { candidates: { 'dialect:toy': ['encodeStream'] } };
  const { runner, module } = open(t, await wasm({ reply: frames }, changes));
  const steps: TranslateStep[] = [
    { type: 'translate', module, target: 'dialect:toy', function: 'encodeStream', config: {} },
  ];
  const stream = () => runner.stream(steps, 'ndjson', { ...context, requestId: `stream-${exchanges++}` }, []);
  const [one, two] = [stream(), stream()];
  const said = [];
  for (const run of [one, two, one, two, two]) said.push((await run.push([{ data: '1' }])).text.trim());
  t.same(said, ['1', '1', '2', '2', '3']);
  for (let other = 0; other < 260; other++) await stream().push([{ data: '1' }]);
  t.equal(
    (await one.push([{ data: '1' }])).text.trim(),
    '1',
    'what has not been heard of for long begins anew',
  );
});

t.test('there is no clock and no chance, and a date that is given is a date', async (t) => {
  const { call } = open(
    t,
    script(
      `const attempt = (run) => { try { return run(); } catch (error) { return error.message; } };
       return { output: {
         now: attempt(() => Date.now()), date: attempt(() => new Date().toISOString()), text: attempt(() => Date()),
         random: attempt(() => Math.random()), given: new Date(context.now).toISOString(), is: new Date(0) instanceof Date,
         parsed: Date.parse('Wed, 21 Oct 2026 07:28:00 GMT'), utc: Date.UTC(2026, 0), zone: new Date(0).getTimezoneOffset(),
         again: attempt(() => new (new Date(0).constructor)().getTime()),
       } };`,
    ),
  );
  const clock = 'the clock is not there in the sandbox: use context.now';
  t.strictSame(await call(), {
    now: clock,
    date: clock,
    text: clock,
    random: 'Math.random is not there in the sandbox: make ids of context.requestId',
    given: new Date(context.now).toISOString(),
    is: true,
    parsed: Date.parse('Wed, 21 Oct 2026 07:28:00 GMT'),
    utc: Date.UTC(2026, 0),
    zone: 0,
    again: clock,
  });
});

t.test('text becomes bytes and back, and values are copied, as in Node.js', async (t) => {
  const body = `
    const byte = (value) => value.codePointAt(0) & 255;
    return { output: {
      bytes: input.texts.map((text) => [...new TextEncoder().encode(text)]),
      texts: input.bytes.map((each) => new TextDecoder().decode(Uint8Array.from(each))),
      fatal: input.bytes.map((each) => {
        try { return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(each)); } catch (error) { return error.name; }
      }),
      copy: structuredClone(input), base: atob(btoa('abc')), view: new TextDecoder().decode(new Uint8Array([97, 98, 99]).subarray(1)),
    } };`;
  const { call } = open(t, script(body));
  const texts = ['', 'abc', 'grüße', '€', '🔵x', '\ud800', '\ufeffa', 'a'.repeat(2_000)];
  const random = seededRandom(7);
  const odd = Array.from({ length: 300 }, () =>
    Array.from(
      { length: 1 + Math.floor(random() * 6) },
      () => oddBytes[Math.floor(random() * oddBytes.length)] ?? 0,
    ),
  );
  const bytes = [...texts.map((text) => [...new TextEncoder().encode(text)]), ...odd];
  const input = { texts, bytes };
  const decoder = new TextDecoder('utf-8', { fatal: true });
  t.strictSame(await call(input), {
    bytes: texts.map((text) => [...new TextEncoder().encode(text)]),
    texts: bytes.map((each) => new TextDecoder().decode(Uint8Array.from(each))),
    fatal: bytes.map((each) => {
      try {
        return decoder.decode(Uint8Array.from(each));
      } catch (error) {
        return (error as Error).name;
      }
    }),
    copy: JSON.parse(JSON.stringify(input)),
    base: 'abc',
    view: 'bc',
  });
});

t.test('code that is made inside reaches only the inside', async (t) => {
  const names = 'process require fetch WebAssembly setTimeout Buffer navigator performance WeakRef Atomics';
  const { call } = open(
    t,
    script(
      `const world = (() => {}).constructor('return globalThis')();
       return { output: ${JSON.stringify(names.split(' '))}.filter((name) => name in world || name in globalThis) };`,
    ),
  );
  t.strictSame(await call(), []);
});

const failures: [string, string, { code: string; message: RegExp }][] = [
  ['a loop', 'for (;;) {}', { code: 'GW_TRANSLATE_TIMEOUT', message: /longer than 500 ms in encodeError/ }],
  [
    'a loop that catches everything',
    'for (;;) { try { for (;;) {} } catch {} finally { continue; } }',
    { code: 'GW_TRANSLATE_TIMEOUT', message: /'scripted'/ },
  ],
  [
    'an expression that never ends',
    `return { output: /^(a+)+$/.test('${'a'.repeat(40)}b') };`,
    { code: 'GW_TRANSLATE_TIMEOUT', message: /'scripted'/ },
  ],
  [
    'too much memory',
    `const held = []; for (;;) held.push('x'.repeat(100_000) + held.length);`,
    { code: 'GW_TRANSLATE_LIMIT', message: /16 MB of memory \(limits\.memoryMb\)/ },
  ],
  [
    'too much memory at once',
    'return { output: new Uint8Array(1 << 29).length };',
    { code: 'GW_TRANSLATE_LIMIT', message: /16 MB of memory/ },
  ],
  [
    'too long an answer',
    `return { output: 'x'.repeat(200_000) };`,
    { code: 'GW_TRANSLATE_LIMIT', message: /limits\.maxOutputKb is 100/ },
  ],
  [
    'too many warnings',
    `return { output: { status: 500, body: 1 }, warnings: Array.from({ length: 1_001 }, (_, n) => ({ code: 'dropped', path: '/' + n, message: 'm' })) };`,
    { code: 'GW_TRANSLATE_LIMIT', message: /1001 warnings, and 1000 are the most/ },
  ],
  [
    'a memo that is more than state',
    `return { output: { status: 500, body: 1 }, memo: 'x'.repeat(70_000) }; /* without warnings */`,
    { code: 'GW_TRANSLATE_LIMIT', message: /its memo is 69 KB, and limits\.maxStateKb is 64/ },
  ],
  [
    'warnings that are none',
    `return { output: { status: 500, body: 1 }, warnings: [null] };`,
    { code: 'GW_TRANSLATE_FAILED', message: /one of its warnings is not/ },
  ],
  [
    'a number that is none',
    'return { output: { status: 500, body: { a: [1, { b: NaN }] } } };',
    { code: 'GW_TRANSLATE_FAILED', message: /its output at \/body\/a\/1\/b has the number NaN/ },
  ],
  [
    'a function in the answer',
    'return { output: { status: 500, body: () => 1 } };',
    { code: 'GW_TRANSLATE_FAILED', message: /its output at \/body has a function/ },
  ],
  [
    'an answer that contains itself',
    'const body = {}; body.body = body; return { output: { status: 500, body } };',
    { code: 'GW_TRANSLATE_FAILED', message: /contains itself or is nested too deeply/ },
  ],
  [
    'endless recursion',
    'const deeper = () => deeper() + 1; return deeper();',
    { code: 'GW_TRANSLATE_FAILED', message: /call stack/ },
  ],
  [
    'what Node.js has',
    'return { output: Buffer.from("a") };',
    { code: 'GW_TRANSLATE_FAILED', message: /Buffer is not defined: the sandbox has/ },
  ],
];
for (const [name, body, expected] of failures) {
  t.test(`${name} fails its own call and nothing else`, async (t) => {
    const timeoutMs = expected.code === 'GW_TRANSLATE_TIMEOUT' ? 500 : 5_000;
    const changes = { limits: { ...limits, timeoutMs, memoryMb: 16, maxOutputKb: 100 } };
    const good = `return { output: { status: 500, body: 'well' } };`;
    const module = script(`if (input.bad) { ${body} } ${good}`, {
      ...changes,
      checked: /warnings/.test(body),
    });
    const { call } = open(t, module);
    t.match(await call(), { body: 'well' });
    await t.rejects(call({ bad: true }), expected);
    t.match(await call(), { body: 'well' });
    // On a busy machine a thread may not come to stop itself in time.
    const isTimed = expected.code === 'GW_TRANSLATE_TIMEOUT';
    t.ok(isTimed || !events.some((event) => event.includes('died')), 'the thread lived on');
  });
}

const traps: [string, WasmToy, { code: string; message: RegExp }][] = [
  [
    'a trap',
    { body: 'unreachable' },
    { code: 'GW_TRANSLATE_FAILED', message: /'made' failed in encodeError/ },
  ],
  [
    'endless recursion',
    {
      imports: '(func $deeper (result i32) (i32.add (i32.const 1) (call $deeper)))',
      body: '(drop (call $deeper))',
    },
    { code: 'GW_TRANSLATE_FAILED', message: /recursed too deeply/ },
  ],
  [
    'too much memory',
    { body: '(loop $on (br_if $on (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))) unreachable' },
    { code: 'GW_TRANSLATE_LIMIT', message: /16 MB of memory/ },
  ],
  [
    'too much memory of the host',
    { body: '(loop $on (drop (call $alloc (i64.const 1000000))) (br $on))' },
    { code: 'GW_TRANSLATE_LIMIT', message: /memory in the host/ },
  ],
  [
    'an endless loop',
    { body: '(loop $on (br $on))' },
    { code: 'GW_TRANSLATE_TIMEOUT', message: /longer than 500 ms in encodeError/ },
  ],
  [
    'too many pieces of memory of the host',
    { body: '(loop $on (drop (call $alloc (i64.const 0))) (br $on))' },
    { code: 'GW_TRANSLATE_LIMIT', message: /memory in the host/ },
  ],
  [
    'memory of the host that is not there',
    { body: '(call $output_set (i64.const 7000000000000) (i64.const 9))' },
    { code: 'GW_TRANSLATE_FAILED', message: /memory/ },
  ],
  ['an answer that is no JSON', { reply: 'nothing' }, { code: 'GW_TRANSLATE_FAILED', message: /not JSON/ }],
  [
    'an answer of the wrong shape',
    { reply: '{"ok":"yes"}' },
    { code: 'GW_TRANSLATE_FAILED', message: /not a TranslateResponse/ },
  ],
];
/** More than a probe sends: until then the module does nothing wrong. */
const long = 'x'.repeat(3_000);
for (const [name, { body = '', ...made }, expected] of traps) {
  t.test(`${name} in a module of another language fails its own call`, async (t) => {
    const guarded = `(if (i64.gt_u (call $input_length) (i64.const 2000)) (then ${body}))`;
    const timeoutMs = expected.code === 'GW_TRANSLATE_TIMEOUT' ? 500 : 5_000;
    const changes = { limits: { ...limits, timeoutMs, memoryMb: 16 } };
    const { call } = open(
      t,
      await wasm({ reply: '{"ok":true,"output":"well"}', ...made, body: guarded }, changes),
    );
    if (made.reply === undefined) t.equal(await call(), 'well');
    await t.rejects(call(long), expected);
    if (made.reply === undefined) t.equal(await call(), 'well');
    await t.rejects(call(long), expected, 'and again');
  });
}

const manyExports = `(func $more) ${Array.from({ length: 1_001 }, (_, n) => `(export "e${n}" (func $more))`).join(' ')}`;
const refused: [string, WasmToy, RegExp][] = [
  [
    'the network',
    { imports: '(import "extism:host/env" "http_request" (func (param i64 i64) (result i64)))' },
    /http_request/,
  ],
  [
    'WASI',
    { imports: '(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))' },
    /an empty WASI comes with/,
  ],
  ['anything else', { imports: '(import "env" "system" (func (param i32)))' }, /system of env/],
  ['more memory than it declares', { memory: '1000' }, /over limits\.memoryMb/],
  ['memory that cannot be limited', { memory: '1 2 shared' }, /shared/],
  ['a large table', { imports: '(table 10000000 funcref)' }, /16384 are the most/],
  ['many tables', { imports: '(table 1 funcref)'.repeat(9) }, /9 tables, and 8 are the most/],
  ['many globals', { imports: '(global i32 (i32.const 0))'.repeat(10_001) }, /10002 globals/],
  ['many exports', { imports: manyExports }, /1003 exports/],
  [
    'a function that takes minutes to optimize',
    { body: '(drop (i32.const 0))'.repeat(180_000) },
    /a function/,
  ],
  ['no translate', { name: 'convert' }, /does not export the function translate/],
];
for (const [name, made, message] of refused) {
  t.test(`a module that wants ${name} is refused when it is loaded`, async (t) => {
    const { runner, module } = open(t, await wasm(made, { limits: { ...limits, memoryMb: 16 } }));
    await t.rejects(runner.describe(module), { code: 'GW_PLUGIN_LOAD', message });
  });
}

t.test('what lies in the heap of the host is refused or limited', async (t) => {
  const [magic, version] = ['\0asm', '\x01\0\0\0'];
  const array = [1, 4, 1, 0x5e, 0x7f, 1];
  const wholes: [number[], RegExp][] = [
    [array, /garbage collection/],
    [[4, 5, 1, 0x70, 0x04, 0, 0], /a kind of table/],
    [[6, 6, 1, 0x69, 1, 0xd0, 0x69, 0x0b], /exnref/],
  ];
  for (const [bytes, message] of wholes) {
    const file = join(folder, `${files++}.wasm`);
    writeFileSync(file, Buffer.concat([Buffer.from(magic + version, 'latin1'), Uint8Array.from(bytes)]));
    const { runner, module } = open(
      t,
      toy('made', { id: `made@${files}`, file, format: 'wasm', tier: 'sandbox' }),
    );
    await t.rejects(runner.describe(module), { code: 'GW_PLUGIN_LOAD', message });
  }
  const grow = '(table.grow $more (ref.null func) (i32.const 1000000))';
  const body = `(if (i32.ge_s ${grow} (i32.const 0)) (then unreachable))`;
  const { call } = open(
    t,
    await wasm({ reply: '{"ok":true,"output":"well"}', imports: '(table $more 1 funcref)', body }),
  );
  t.equal(await call(), 'well', 'a table does not grow beyond its limit');
});

t.test('a module that needs WASI gets one in which there is nothing', async (t) => {
  const wasi = 'import "wasi_snapshot_preview1"';
  const imports = `(${wasi} "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
    (${wasi} "random_get" (func $random (param i32 i32) (result i32)))
    (${wasi} "environ_sizes_get" (func $environ (param i32 i32) (result i32)))
    (${wasi} "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (${wasi} "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (${wasi} "proc_exit" (func $exit (param i32)))`;
  // What each leaves behind is added up: a clock, random bytes or a variable would show, and a file be open.
  const body = `(i64.store (i32.const 1000) (i64.const -1)) (i64.store (i32.const 1008) (i64.const -1))
    (i64.store (i32.const 1016) (i64.const -1)) (i32.store (i32.const 1024) (i32.const 5))
    (drop (call $time (i32.const 0) (i64.const 1) (i32.const 1000)))
    (drop (call $random (i32.const 1008) (i32.const 8)))
    (drop (call $environ (i32.const 1016) (i32.const 1020)))
    (i32.store (i32.const 1032) (i32.const 100)) (i32.store (i32.const 1036) (i32.const 8))
    (drop (call $write (i32.const 1) (i32.const 1032) (i32.const 1) (i32.const 1024)))
    (if (i32.eqz (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 0)
      (i64.const 1) (i64.const 1) (i32.const 0) (i32.const 1040))) (then unreachable))
    (if (i64.ne (i64.const 8) (i64.add (i64.load (i32.const 1000)) (i64.add (i64.load (i32.const 1008))
      (i64.add (i64.load (i32.const 1016)) (i64.load32_u (i32.const 1024)))))) (then unreachable))
    (if (i64.gt_u (call $input_length) (i64.const 2000)) (then (call $exit (i32.const 3))))`;
  const made = { reply: '{"ok":true,"output":"well"}', imports, body };
  const { call } = open(t, await wasm(made, { wasi: true }));
  t.equal(await call(), 'well');
  await t.rejects(call(long), { code: 'GW_TRANSLATE_FAILED', message: /it exited with 3/ });
});

t.test('a module of another language is asked which functions it has', async (t) => {
  const lacks = '{"ok":false,"error":{"code":"unsupported","message":"no such function"}}';
  for (const [reply, expected] of [
    ['{"ok":true,"output":{}}', { 'dialect:toy': ['encodeError'] }],
    [lacks, {}],
  ] as const) {
    const { runner, module } = open(t, await wasm({ reply }));
    t.strictSame(await runner.describe(module), expected);
  }
});

t.test('no memory of WebAssembly in this process grows beyond the most any plugin may have', async (t) => {
  const { call } = open(t, script(`return { output: 'well' };`));
  t.equal(await call(), 'well');
  const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: MemoryClass } }).WebAssembly;
  t.throws(() => new Memory({ initial: 1 }).grow(512 * 16), /grow/i);
});

t.test('runners share threads and modules, and the last one ends them', async (t) => {
  const one = createOne();
  const { sandbox, runner, module, call } = open(t, script(`return { output: 'well' };`), one);
  t.equal(await call(), 'well');
  const second = sandbox.open([module]);
  t.equal(await caller(second, module)(), 'well');
  t.same(events, ['scripted created 1'], 'what one has made serves the other');
  await runner.close();
  t.equal(await caller(second, module)(), 'well');
  await t.rejects(call(), { code: 'GW_TRANSLATE_BUSY' });
  await second.close();
  const third = sandbox.open([module]);
  t.equal(await caller(third, module)(), 'well', 'and they begin anew');
  await third.close();
  t.same(events, ['scripted created 1', 'scripted created 1']);
});
