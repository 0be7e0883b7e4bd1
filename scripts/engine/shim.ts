/**
 * The part of the engine that is ours, as WebAssembly text: what the host calls, over the C functions of QuickJS; and
 * stubs for what QuickJS asks of a system. Merged they import one function, `interrupt`, which answers nothing but
 * "go on" or "stop": no clock, no randomness, no files.
 */
export function shimText(): string {
  return `(module
  (import "quickjs" "memory" (memory 1))
  ${importC('_initialize', '')}
  ${importC('qjs_init', '(result i32)')}
  ${importC('qjs_set_interrupt_handler', '(param i32)')}
  ${importC('qjs_set_memory_limit', '(param i32)')}
  ${importC('qjs_set_max_stack_size', '(param i32)')}
  ${importC('qjs_eval', '(param i32 i32 i32 i32) (result i32)')}
  ${importC('qjs_call', '(param i32 i32 i32 i32) (result i32)')}
  ${importC('qjs_get_undefined', '(result i32)')}
  ${importC('qjs_is_exception', '(param i32) (result i32)')}
  ${importC('qjs_get_exception', '(result i32)')}
  ${importC('qjs_new_string', '(param i32 i32) (result i32)')}
  ${importC('qjs_get_string_len', '(param i32 i32) (result i32)')}
  ${importC('qjs_free_cstring', '(param i32)')}
  ${importC('qjs_free_value', '(param i32)')}
  ${importC('wasm_malloc', '(param i32) (result i32)')}
  ${importC('wasm_free', '(param i32)')}

  ;; the function that answers, and two words: an argument or a text, and the text's length
  (global $entry (export "entry") (mut i32) (i32.const 0))
  (global $result (export "result") (mut i32) (i32.const 0))

  (func (export "start")
    (call $_initialize)
    (drop (call $qjs_init))
    (call $qjs_set_interrupt_handler (i32.const 1))
    ;; of the 1 MB there is: code that recurses for ever gets an error, not the end of its instance
    (call $qjs_set_max_stack_size (i32.const ${800 * 1_024}))
    (global.set $result (call $wasm_malloc (i32.const 8))))

  (func (export "limit") (param $bytes i32) (call $qjs_set_memory_limit (local.get $bytes)))

  ;; one byte more, for the zero that ends a text in C
  (func (export "reserve") (param $length i32) (result i32)
    (call $wasm_malloc (i32.add (local.get $length) (i32.const 1))))

  (func (export "boot") (param $at i32) (param $length i32) (result i32) (local $name i32)
    (call $end (local.get $at) (local.get $length))
    (local.set $name (call $wasm_malloc (i32.const 8)))
    (i64.store (local.get $name) (i64.const ${nameOf('engine')}))
    (global.set $entry
      (call $qjs_eval (local.get $at) (local.get $length) (local.get $name) (i32.const 0)))
    (call $wasm_free (local.get $name))
    (call $wasm_free (local.get $at))
    (call $qjs_is_exception (global.get $entry)))

  (func (export "run") (param $at i32) (param $length i32) (result i32)
    (local $text i32) (local $value i32) (local $failed i32)
    (call $end (local.get $at) (local.get $length))
    (local.set $text (call $qjs_new_string (local.get $at) (local.get $length)))
    (call $wasm_free (local.get $at))
    (i32.store (global.get $result) (local.get $text))
    (local.set $value
      (call $qjs_call (global.get $entry) (call $qjs_get_undefined) (i32.const 1) (global.get $result)))
    (call $qjs_free_value (local.get $text))
    (local.set $failed (call $qjs_is_exception (local.get $value)))
    (if (local.get $failed) (then
      (call $qjs_free_value (local.get $value))
      (local.set $value (call $qjs_get_exception))))
    (i32.store offset=4 (global.get $result) (i32.const 0))
    (i32.store (global.get $result)
      (call $qjs_get_string_len (local.get $value) (i32.add (global.get $result) (i32.const 4))))
    (call $qjs_free_value (local.get $value))
    (local.get $failed))

  (func (export "text") (result i32) (i32.load (global.get $result)))
  (func (export "length") (result i32) (i32.load offset=4 (global.get $result)))
  (func (export "release") (call $qjs_free_cstring (i32.load (global.get $result))))

  (func $end (param $at i32) (param $length i32)
    (i32.store8 (i32.add (local.get $at) (local.get $length)) (i32.const 0)))
)`;
}

/** QuickJS's own imports: of its embedder, of which only `interrupt` is passed on. */
export const embedderText = `(module
  (import "quickjs" "qjs_get_undefined" (func $undefined (result i32)))
  (import "dragoman:engine" "interrupt" (func $interrupt (result i32)))
  (func (export "host_interrupt") (result i32) (call $interrupt))
  (func (export "host_get_timezone_offset") (param i32 i32) (result i32) (i32.const 0))
  (func (export "host_promise_rejection") (param i32 i32 i32))
  (func (export "host_module_normalize") (param i32 i32) (result i32) (i32.const 0))
  (func (export "host_module_load") (param i32 i32) (result i32) (i32.const 0))
  (func (export "host_call") (param i32 i32 i32 i32 i32) (result i32) (call $undefined)))`;

/** And of a system: the time is always 0, what should be random is zeros, and there is no file. */
export const systemText = `(module
  (import "quickjs" "memory" (memory 1))
  (func (export "clock_time_get") (param i32 i64 i32) (result i32)
    (i64.store (local.get 2) (i64.const 0)) (i32.const 0))
  (func (export "random_get") (param i32 i32) (result i32)
    (memory.fill (local.get 0) (i32.const 0) (local.get 1)) (i32.const 0))
  (func (export "fd_close") (param i32) (result i32) (i32.const ${badFile()}))
  (func (export "fd_fdstat_get") (param i32 i32) (result i32) (i32.const ${badFile()}))
  (func (export "fd_seek") (param i32 i64 i32 i32) (result i32) (i32.const ${badFile()}))
  (func (export "fd_write") (param i32 i32 i32 i32) (result i32) (i32.const ${badFile()})))`;

/** What the merged module shows; \`memory\` and \`__stack_pointer\` come from QuickJS. */
export const shown: ReadonlySet<string> = new Set([
  'start',
  'limit',
  'reserve',
  'boot',
  'run',
  'text',
  'length',
  'release',
  'entry',
  'result',
  'memory',
  '__stack_pointer',
]);

/** WASI's EBADF. */
function badFile(): number {
  return 8;
}

function importC(name: string, type: string): string {
  return `(import "quickjs" "${name}" (func $${name} ${type}))`;
}

/** Up to seven letters and a zero as one number, which a store puts into memory. */
function nameOf(text: string): string {
  const bytes = Buffer.alloc(8);
  bytes.write(text);
  return `0x${bytes.readBigUInt64LE().toString(16)}`;
}
