import { type WasmAttack, word } from './attacks.ts';
import { assemble } from './wasm-toys.ts';

export interface WasmCode extends WasmAttack {
  /** It answers every question with that it has no such function. */
  lacksAll?: boolean;
}

/**
 * An Extism module that answers with `says` until its input tells it otherwise, and then does what the attack's text says.
 * With `isStream` it is the dialect of a service, whose every stream is the attack.
 */
export async function wasmCode(attack: WasmCode, isStream: boolean, says = 'calm'): Promise<Uint8Array> {
  const texts = layOut({
    lacks,
    calm: attack.lacksAll === true ? lacks : isStream ? encoded : `{"ok":true,"output":${eventsOf(says)}}`,
    harm: `{"ok":true,"output":${eventsOf('harm')}}`,
    clean: `{"ok":true,"output":${eventsOf('clean')}}`,
    state: '{"ok":true,"output":{"items":[],"state":"',
    stateEnd: '"}}',
    letter: 'x',
    warnings: `{"ok":true,"output":${eventsOf('harm')},"warnings":[null`,
    warning: ',{"code":"dropped","path":"/model","message":"nothing"}',
    warningsEnd: ']}',
    output: '{"ok":true,"output":',
    open: '[',
    close: ']',
    end: '}',
  });
  const { text } = texts;
  return assemble(`(module
    (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
    (import "extism:host/env" "length" (func $length (param i64) (result i64)))
    (import "extism:host/env" "load_u64" (func $load (param i64) (result i64)))
    (import "extism:host/env" "store_u64" (func $store (param i64 i64)))
    (import "extism:host/env" "input_length" (func $input_length (result i64)))
    (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
    (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
    (import "extism:host/env" "error_set" (func $error_set (param i64)))
    ${attack.imports ?? ''}
    (memory (export "memory") 80)
    ${texts.data}
    ${functions}
    (func $calm (result i32) (call $reply ${text('calm')}))
    (func $harm (result i32) (call $reply ${text('harm')}))
    (func $clean (result i32) (call $reply ${text('clean')}))
    (func $state (param $n i32) (result i32) (call $add ${text('state')})
      (call $repeat ${text('letter')} (local.get $n)) (call $add ${text('stateEnd')}) (call $told))
    (func $warnings (param $n i32) (result i32) (call $add ${text('warnings')})
      (call $repeat ${text('warning')} (local.get $n)) (call $add ${text('warningsEnd')}) (call $told))
    (func $nested (param $n i32) (result i32) (call $add ${text('output')})
      (call $repeat ${text('open')} (local.get $n)) (call $repeat ${text('close')} (local.get $n))
      (call $add ${text('end')}) (call $told))
    (func $lacks (result i32) (call $reply ${text('lacks')}))
    (func (export "translate") (result i32)
      (if (call $hears (i64.const ${word('n":"adap')})) (then (return (call $lacks))))
      (if (call $hears (i64.const ${word(isStream ? 'decodeSt' : 'attack! ')})) (then ${attack.body ?? ''}))
      (if (call $hears (i64.const ${word('look at ')})) (then ${attack.look ?? ''}))
      (call $calm)))`);
}

/** What is put together grows from 65536 on. */
const functions = `
    (global $n (mut i32) (i32.const 0))
    (global $to (mut i32) (i32.const 65536))
    (func $count (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func $add (param $at i32) (param $length i32)
      (memory.copy (global.get $to) (local.get $at) (local.get $length))
      (global.set $to (i32.add (global.get $to) (local.get $length))))
    (func $repeat (param $at i32) (param $length i32) (param $n i32)
      (loop $on (call $add (local.get $at) (local.get $length))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $on (local.get $n))))
    (func $told (result i32) (call $reply (i32.const 65536) (i32.sub (global.get $to) (i32.const 65536))))
    (func $reply (param $at i32) (param $length i32) (result i32) (local $to i64) (local $done i32)
      (local.set $to (call $alloc (i64.extend_i32_u (i32.add (local.get $length) (i32.const 8)))))
      (loop $on
        (call $store (i64.add (local.get $to) (i64.extend_i32_u (local.get $done)))
          (i64.load (i32.add (local.get $at) (local.get $done))))
        (local.set $done (i32.add (local.get $done) (i32.const 8)))
        (br_if $on (i32.lt_u (local.get $done) (local.get $length))))
      (call $output_set (local.get $to) (i64.extend_i32_u (local.get $length)))
      (i32.const 0))
    (func $hears (param $word i64) (result i32) (local $at i64)
      (loop $on
        (if (i64.eq (call $input_load_u64 (local.get $at)) (local.get $word)) (then (return (i32.const 1))))
        (local.set $at (i64.add (local.get $at) (i64.const 1)))
        (br_if $on (i64.le_u (i64.add (local.get $at) (i64.const 8)) (call $input_length))))
      (i32.const 0))
    (func $finds (param $word i64) (result i32) (local $block i64) (local $at i64) (local $length i64)
      (drop (call $alloc (i64.const 65536)))
      (loop $blocks
        (local.set $length (call $length (i64.shl (local.get $block) (i64.const 48))))
        (local.set $at (i64.const 0))
        (loop $on
          (if (i64.le_u (i64.add (local.get $at) (i64.const 8)) (local.get $length)) (then
            (if (i64.eq (local.get $word)
                (call $load (i64.or (i64.shl (local.get $block) (i64.const 48)) (local.get $at))))
              (then (return (i32.const 1))))
            (local.set $at (i64.add (local.get $at) (i64.const 1)))
            (br $on))))
        (local.set $block (i64.add (local.get $block) (i64.const 1)))
        (br_if $blocks (i64.lt_u (local.get $block) (i64.const 64))))
      (i32.const 0))`;

const lacks = '{"ok":false,"error":{"code":"unsupported","message":"no such function"}}';
const encoded = '{"ok":true,"output":{"endpoint":"chat","body":{}}}';

function eventsOf(text: string): string {
  return JSON.stringify([
    { type: 'response-start', id: 'r', model: 'toy' },
    { type: 'part-start', index: 0, part: { type: 'text' } },
    { type: 'part-delta', index: 0, delta: { type: 'text', text } },
    { type: 'part-end', index: 0 },
    { type: 'usage', usage: { inputTokens: 1, outputTokens: 1 } },
    { type: 'response-end', finish: { reason: 'stop' } },
  ]);
}

/** Texts one after the other in a module's memory; `text` gives the place and the length of one, as two numbers. */
function layOut(texts: Record<string, string>): { data: string; text(name: string): string } {
  const places = new Map<string, string>();
  let data = '';
  let at = 0;
  for (const [name, text] of Object.entries(texts)) {
    const bytes = [...Buffer.from(text)];
    places.set(name, `(i32.const ${at}) (i32.const ${bytes.length})`);
    data += `(data (i32.const ${at}) "${bytes.map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")\n`;
    at += bytes.length;
  }
  return { data, text: (name) => places.get(name) ?? '' };
}
