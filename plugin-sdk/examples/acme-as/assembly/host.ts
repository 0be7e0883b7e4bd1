// What the sandbox gives a plugin: its input, a place for its output, and nothing else.

// @ts-ignore: decorator
@external("extism:host/env", "input_length")
declare function input_length(): u64;
// @ts-ignore: decorator
@external("extism:host/env", "input_load_u8")
declare function input_load_u8(offset: u64): u8;
// @ts-ignore: decorator
@external("extism:host/env", "input_load_u64")
declare function input_load_u64(offset: u64): u64;
// @ts-ignore: decorator
@external("extism:host/env", "alloc")
declare function alloc(length: u64): u64;
// @ts-ignore: decorator
@external("extism:host/env", "store_u8")
declare function store_u8(offset: u64, byte: u8): void;
// @ts-ignore: decorator
@external("extism:host/env", "store_u64")
declare function store_u64(offset: u64, eight: u64): void;
// @ts-ignore: decorator
@external("extism:host/env", "output_set")
declare function output_set(offset: u64, length: u64): void;

export function readInput(): string {
  const length = <i32>input_length();
  const bytes = new ArrayBuffer(length);
  const start = changetype<usize>(bytes);
  let at = 0;
  for (; at + 8 <= length; at += 8) store<u64>(start + at, input_load_u64(at));
  for (; at < length; at++) store<u8>(start + at, input_load_u8(at));
  return String.UTF8.decode(bytes);
}

export function writeOutput(text: string): void {
  const bytes = String.UTF8.encode(text);
  const start = changetype<usize>(bytes);
  const length = bytes.byteLength;
  const block = alloc(length);
  let at = 0;
  for (; at + 8 <= length; at += 8) store_u64(block + at, load<u64>(start + at));
  for (; at < length; at++) store_u8(block + at, load<u8>(start + at));
  output_set(block, length);
}
