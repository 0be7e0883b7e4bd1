import openWabt from 'wabt';

/**
 * An Extism module that does the least a dialect can do, so that what is left is the cost of its tier: it reads all of
 * what it is given and writes as much. `encodeRequest` gives back what it got as the body; `decodeStream` one event for
 * each frame that says `some words`.
 */
export async function copyingModule(): Promise<Uint8Array> {
  const texts = layOut({
    body: '{"ok":true,"output":{"endpoint":"chat","body":',
    start: `{"ok":true,"output":{"state":1,"items":[{"type":"response-start","id":"r","model":"m"},${partStart}`,
    events: '{"ok":true,"output":{"state":1,"items":[',
    event: '{"type":"part-delta","index":0,"delta":{"type":"text","text":"some words"}},',
    end: '}}',
    endItems: ']}}',
  });
  const { text } = texts;
  const wabt = await openWabt();
  const module = wabt.parseWat(
    'copying.wat',
    `(module
      (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
      (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
      (import "extism:host/env" "input_length" (func $input_length (result i64)))
      (import "extism:host/env" "input_load_u64" (func $load_u64 (param i64) (result i64)))
      (import "extism:host/env" "input_load_u8" (func $load_u8 (param i64) (result i32)))
      (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
      (memory (export "memory") 1)
      ${texts.data}
      ${functions}
      (func (export "translate") (result i32) (local $n i32)
        (call $read)
        (if (call $count (i64.const ${word('decodeSt')}) (i32.const 100)) (then
          (if (call $count (i64.const ${word('ate":nul')}) (i32.const 1000))
            (then (call $add ${text('start')}))
            (else
              (call $add ${text('events')})
              (local.set $n (call $count (i64.const ${word('some wor')}) (global.get $length)))
              (if (local.get $n) (then (loop $on (call $add ${text('event')})
                (br_if $on (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
              ;; In place of the last comma.
              (global.set $to (i32.sub (global.get $to) (i32.const 1)))))
          (call $add ${text('endItems')}))
        (else
          (call $add ${text('body')})
          (call $add (global.get $from) (global.get $length))
          (call $add ${text('end')})))
        (call $write)
        (i32.const 0)))`,
    { bulk_memory: true },
  );
  const { buffer } = module.toBinary({});
  module.destroy();
  return buffer;
}

const partStart = '{"type":"part-start","index":0,"part":{"type":"text"}}';

const functions = `
      (global $from i32 (i32.const 4096))
      (global $length (mut i32) (i32.const 0))
      (global $begin (mut i32) (i32.const 0))
      (global $to (mut i32) (i32.const 0))
      (func $read (local $at i32)
        (global.set $length (i32.wrap_i64 (call $input_length)))
        ;; As much as it takes: an instance with more costs more.
        (drop (memory.grow (i32.div_u (i32.mul (global.get $length) (i32.const 2)) (i32.const 60000))))
        (block $done (loop $on
          (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const 8)) (global.get $length)))
          (i64.store (i32.add (global.get $from) (local.get $at)) (call $load_u64 (i64.extend_i32_u (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br $on)))
        (block $done (loop $on
          (br_if $done (i32.ge_u (local.get $at) (global.get $length)))
          (i32.store8 (i32.add (global.get $from) (local.get $at)) (call $load_u8 (i64.extend_i32_u (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $on)))
        (global.set $begin (i32.add (global.get $from) (i32.add (global.get $length) (i32.const 16))))
        (global.set $to (global.get $begin)))
      (func $add (param $at i32) (param $length i32)
        (memory.copy (global.get $to) (local.get $at) (local.get $length))
        (global.set $to (i32.add (global.get $to) (local.get $length))))
      (func $count (param $word i64) (param $most i32) (result i32) (local $at i32) (local $n i32)
        (loop $on
          (local.set $n (i32.add (local.get $n)
            (i64.eq (local.get $word) (i64.load (i32.add (global.get $from) (local.get $at))))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $on (i32.lt_u (local.get $at) (local.get $most))))
        (local.get $n))
      (func $write (local $block i64) (local $at i32) (local $size i32)
        (local.set $size (i32.sub (global.get $to) (global.get $begin)))
        (local.set $block (call $alloc (i64.extend_i32_u (i32.add (local.get $size) (i32.const 8)))))
        (loop $on
          (call $store (i64.add (local.get $block) (i64.extend_i32_u (local.get $at)))
            (i64.load (i32.add (global.get $begin) (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 8)))
          (br_if $on (i32.lt_u (local.get $at) (local.get $size))))
        (call $output_set (local.get $block) (i64.extend_i32_u (local.get $size))))`;

/** Eight letters as one number of WebAssembly. */
function word(letters: string): bigint {
  return Buffer.from(letters).readBigInt64LE();
}

/** Texts one after the other in the module's memory; `text` gives the place and the length of one, as two numbers. */
function layOut(texts: Record<string, string>): { data: string; text(name: string): string } {
  const places = new Map<string, string>();
  let data = '';
  let at = 0;
  for (const [name, text] of Object.entries(texts)) {
    places.set(name, `(i32.const ${at}) (i32.const ${text.length})`);
    data += `(data (i32.const ${at}) "${text.replaceAll('"', '\\"')}")\n`;
    at += text.length;
  }
  return { data, text: (name) => places.get(name) ?? '' };
}
