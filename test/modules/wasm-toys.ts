import openWabt from 'wabt';

/** What a hand-made Extism module does in `translate`, as WebAssembly text that comes before it answers. */
export interface WasmToy {
  /** JSON text of the answer. */
  reply?: string;
  /** In place of the whole function body; may use the functions below. */
  body?: string;
  /** Further imports. */
  imports?: string;
  memory?: string;
  /** What it exports, in place of `translate`. */
  name?: string;
}

/**
 * A module of a few hundred bytes: its answer lies in its memory and is copied out byte by byte. `$count` is a number
 * that each call makes one larger, the last digit of which stands in for `#` in the answer.
 */
export async function wasmToy(toy: WasmToy = {}): Promise<Uint8Array> {
  const {
    reply = '{"ok":true,"output":{}}',
    body = '',
    imports = '',
    memory = '1',
    name = 'translate',
  } = toy;
  const bytes = Buffer.from(reply);
  const digit = bytes.indexOf('#');
  const mark =
    digit < 0 ? '' : `(i32.store8 (i32.const ${digit}) (i32.add (i32.const 48) (global.get $count)))`;
  const text = `(module
    (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
    (import "extism:host/env" "store_u8" (func $store (param i64 i32)))
    (import "extism:host/env" "input_length" (func $input_length (result i64)))
    (import "extism:host/env" "input_load_u8" (func $input_load (param i64) (result i32)))
    (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
    ${imports}
    (memory (export "memory") ${memory})
    (data (i32.const 0) "${[...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")
    (global $count (mut i32) (i32.const 0))
    (func (export "${name}") (result i32) (local $at i64) (local $index i64)
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      ${mark}
      ${body}
      (local.set $at (call $alloc (i64.const ${bytes.length})))
      (loop $next
        (call $store (i64.add (local.get $at) (local.get $index))
          (i32.load8_u (i32.wrap_i64 (local.get $index))))
        (local.set $index (i64.add (local.get $index) (i64.const 1)))
        (br_if $next (i64.lt_u (local.get $index) (i64.const ${bytes.length}))))
      (call $output_set (local.get $at) (i64.const ${bytes.length}))
      (i32.const 0)))`;
  return assemble(text);
}

export async function assemble(text: string): Promise<Uint8Array> {
  const module = (await openWabt()).parseWat('toy.wat', text, {
    mutable_globals: true,
    bulk_memory: true,
    reference_types: true,
  });
  const { buffer } = module.toBinary({});
  module.destroy();
  return buffer;
}
