/**
 * What plugins that mean harm would try, one module for each attack in each kind of code. A call whose user says
 * `attack! REST` does it; a later one, by another exchange, says `look at it` where the attack could have left something.
 */
export interface Attack {
  /** As the table of the README names it. */
  title: string;
  /**
   * In JavaScript: the body of a function that gets REST. A text that begins with `harm` says that it worked; whatever
   * else it does or returns is its own affair. Absent where there is no such thing.
   */
  code?: string;
  /** The same for a later look. */
  afterwards?: string;
  wasm?: WasmAttack;
  /** In the words of the table: what has become of an attack that neither failed nor worked. */
  harmless?: string;
}

/**
 * In WebAssembly text: `$harm`, `$clean` and `$calm` answer, the first that it worked; `$reply AT LENGTH` answers with JSON
 * of the module's own. Functions of hostile-wasm.ts are in reach. The memory is free from 65536 on.
 */
export interface WasmAttack {
  body?: string;
  look?: string;
  /** Imports and whatever else the body needs. */
  imports?: string;
  wasi?: boolean;
}

const builtin = (name: string): string => `process.getBuiltinModule('${name}')`;
const wasi = (name: string, type: string): string =>
  `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${type}))`;

export const attacks = {
  loop: { title: 'an endless loop', code: 'for (;;) {}', wasm: { body: '(loop $on (br $on))' } },
  recursion: {
    title: 'endless recursion',
    code: 'const deeper = () => deeper() + 1; return String(deeper());',
    wasm: {
      imports: '(func $deeper (result i32) (i32.add (i32.const 1) (call $deeper)))',
      body: '(drop (call $deeper))',
    },
  },
  regex: {
    title: 'an expression that never ends',
    code: `return String(/^(a+)+$/.test('${'a'.repeat(60)}b'));`,
  },
  objects: {
    title: 'a gigabyte of objects, or of memory',
    code: 'const held = []; for (let n = 0; n < 128; n++) held.push(new Array(1 << 20).fill({ n })); return "harm " + held.length;',
    wasm: {
      body: `(loop $on (br_if $on (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0))))
        (if (i32.gt_u (memory.size) (i32.const 512)) (then (return (call $harm)))) unreachable`,
    },
  },
  piece: {
    title: 'a gigabyte in one piece',
    code: 'const held = []; for (;;) held.push("x".repeat(1 << 27).split(""));',
    wasm: {
      body: '(if (i32.ge_s (memory.grow (i32.const 16384)) (i32.const 0)) (then (return (call $harm)))) (return (call $calm))',
    },
    harmless: 'is refused',
  },
  buffers: {
    title: "half a gigabyte of buffers, or of the host's memory",
    code: 'const held = []; for (let n = 0; n < 8; n++) held.push(new Uint8Array(1 << 26)); return "harm " + held.length;',
    wasm: {
      body: `(loop $on (drop (call $alloc (i64.const 1048576)))
          (br_if $on (i32.lt_u (call $count) (i32.const 512))))
        (return (call $harm))`,
    },
  },
  tables: {
    title: 'a table that grows to ten million entries',
    wasm: {
      imports: '(table $more 1 funcref)',
      body: `(if (i32.ge_s (table.grow $more (ref.null func) (i32.const 9999999)) (i32.const 0))
        (then (return (call $harm)))) (return (call $calm))`,
    },
    harmless: 'does not grow',
  },
  output: {
    title: 'an answer of 80 MB',
    code: 'return "harm " + "x".repeat(80_000_000);',
    wasm: {
      body: '(call $output_set (call $alloc (i64.const 80000000)) (i64.const 80000000)) (return (i32.const 0))',
    },
  },
  state: {
    title: 'a stream whose state grows and grows',
    code: 'return "x".repeat(200_000);',
    wasm: { body: '(return (call $state (i32.const 200000)))' },
  },
  warnings: {
    title: 'fifty thousand warnings',
    code: 'throw { warnings: new Array(50_000).fill({ code: "dropped", path: "/model", message: "nothing" }) };',
    wasm: { body: '(return (call $warnings (i32.const 50000)))' },
  },
  text: {
    title: 'a throw of something that is no error',
    code: "throw 'only text';",
    wasm: { body: '(call $error_set (call $alloc (i64.const 9))) (return (i32.const 7))' },
  },
  trap: { title: 'a trap', wasm: { body: 'unreachable' } },
  promise: { title: 'a promise that is never kept', code: 'return new Promise(() => {});' },
  shape: {
    title: 'an answer of the wrong shape',
    code: 'throw { events: [{ type: "part-end", index: -1 }, 7] };',
    wasm: {
      imports: '(data (i32.const 65536) "{\\"ok\\":true,\\"output\\":[{\\"type\\":7},7]}")',
      body: '(return (call $reply (i32.const 65536) (i32.const 37)))',
    },
  },
  nested: {
    title: 'an answer nested a hundred thousand deep',
    code: `let deep = []; for (let n = 0; n < 100_000; n++) deep = [deep]; throw { events: deep };`,
    wasm: { body: '(return (call $nested (i32.const 100000)))' },
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
    wasm: {
      imports: '(global $kept (mut i64) (i64.const 0))',
      body: `(i64.store (i32.const 90000) (call $input_load_u64 (i64.const 0))) (global.set $kept (i64.const 7))
        (return (call $calm))`,
      // What its own globals and memory hold, and what the host lets it allocate.
      look: `(if (i64.ne (i64.or (global.get $kept) (i64.load (i32.const 90000))) (i64.const 0)) (then (return (call $harm))))
        (if (call $finds (i64.const ${word('secret w')})) (then (return (call $harm))))
        (return (call $clean))`,
    },
  },
  neighbour: {
    title: 'what another plugin is told',
    code: `const parse = JSON.parse; const seen = []; globalThis.seen = seen;
      JSON.parse = (text, ...rest) => { seen.push(String(text)); return parse(text, ...rest); };
      const { stringify } = JSON; JSON.stringify = (value, ...rest) => { const text = stringify(value, ...rest); seen.push(String(text)); return text; };
      return 'done';`,
    afterwards:
      'return (globalThis.seen ?? []).some((text) => text.includes("victim words")) ? "harm" : "clean";',
    wasm: {
      body: '(return (call $calm))',
      look: `(if (call $finds (i64.const ${word('victim w')})) (then (return (call $harm)))) (return (call $clean))`,
    },
  },
  exit: {
    title: 'process.exit',
    code: 'process.exit(0);',
    wasm: {
      wasi: true,
      imports: wasi('proc_exit', '(param i32)'),
      body: '(call $proc_exit (i32.const 0))',
    },
  },
  kill: {
    title: 'a signal to the gateway',
    // Signal 0 asks whether one could be sent, and sends none.
    code: 'return process.kill(process.pid, 0) ? "harm" : "no";',
    wasm: { wasi: true, imports: wasi('proc_raise', '(param i32) (result i32)') },
  },
  file: {
    title: 'reading a file',
    code: `return "harm " + ${builtin('fs')}.readFileSync('/etc/hostname', 'utf8').length;`,
    wasm: {
      wasi: true,
      imports: `${wasi('path_open', '(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)')}
        (data (i32.const 65536) "/etc/hostname")`,
      body: `(if (i32.eqz (call $path_open (i32.const 3) (i32.const 0) (i32.const 65536) (i32.const 13) (i32.const 0)
        (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 70000))) (then (return (call $harm)))) (return (call $calm))`,
    },
  },
  write: {
    title: 'writing a file',
    code: `${builtin('fs')}.writeFileSync(said, 'here I was'); return 'harm';`,
    wasm: {
      wasi: true,
      imports: `${wasi('path_open', '(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)')}
        (data (i32.const 65536) "proof")`,
      body: `(if (i32.eqz (call $path_open (i32.const 3) (i32.const 0) (i32.const 65536) (i32.const 5) (i32.const 1)
        (i64.const 64) (i64.const 64) (i32.const 0) (i32.const 70000))) (then (return (call $harm)))) (return (call $calm))`,
    },
  },
  socket: {
    title: 'a connection to the network',
    code: `${builtin('net')}.connect(Number(said), '127.0.0.1').on('error', () => {}); return 'tried';`,
    wasm: { imports: '(import "extism:host/env" "http_request" (func (param i64 i64) (result i64)))' },
  },
  environment: {
    title: 'the environment',
    code: 'return Object.keys(process.env).some((name) => name === "PATH" || name.startsWith("DRAGOMAN")) ? "harm" : "empty";',
    wasm: {
      wasi: true,
      imports: wasi('environ_sizes_get', '(param i32 i32) (result i32)'),
      body: `(drop (call $environ_sizes_get (i32.const 70000) (i32.const 70004)))
        (if (i64.ne (i64.load (i32.const 70000)) (i64.const 0)) (then (return (call $harm)))) (return (call $calm))`,
    },
    harmless: 'is empty',
  },
  clock: {
    title: 'the clock and chance',
    code: 'return Date.now() > 1e12 || Math.random() !== Math.random() ? "harm" : "none";',
    wasm: {
      wasi: true,
      imports: `${wasi('clock_time_get', '(param i32 i64 i32) (result i32)')}
        ${wasi('random_get', '(param i32 i32) (result i32)')}`,
      body: `(drop (call $clock_time_get (i32.const 0) (i64.const 1) (i32.const 70000)))
        (drop (call $random_get (i32.const 70008) (i32.const 8)))
        (if (i64.ne (i64.or (i64.load (i32.const 70000)) (i64.load (i32.const 70008))) (i64.const 0))
          (then (return (call $harm)))) (return (call $calm))`,
    },
    harmless: 'always 0',
  },
  spawn: {
    title: 'another program',
    code: `const { status, error } = ${builtin('child_process')}.spawnSync('true'); if (error) throw error; return "harm " + status;`,
    wasm: { imports: '(import "env" "system" (func (param i32) (result i32)))' },
  },
  addon: {
    title: 'a native addon',
    code: `try { process.dlopen({ exports: {} }, said); return 'harm'; } catch (error) {
      if (/self-register/.test(String(error))) return 'harm: it was loaded'; throw error; }`,
    wasm: { imports: '(import "env" "dlopen" (func (param i32 i32) (result i32)))' },
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
    wasm: {
      imports: '(import "extism:host/env" "log_error" (func $log_error (param i64)))',
      body: `(loop $on (call $log_error (call $alloc (i64.const 8))) (br_if $on (i32.lt_u (call $count) (i32.const 20000))))
        (return (call $calm))`,
    },
    harmless: 'goes nowhere',
  },
} as const satisfies Record<string, Attack>;
export type AttackName = keyof typeof attacks;

/** Eight letters as one number of WebAssembly. */
export function word(letters: string): bigint {
  return Buffer.from(letters).readBigInt64LE();
}
