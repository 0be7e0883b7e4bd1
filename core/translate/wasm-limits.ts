import { wasiFunctions, wasiModule } from './inert-wasi.ts';
import { type WasmModule, webAssembly } from './web-assembly.ts';

/** Functions of Extism's host a translator may import: its input, its output, and the memory between the two. */
const allowed: ReadonlySet<string> = new Set([
  'alloc',
  'free',
  'length',
  'length_unsafe',
  'load_u8',
  'load_u64',
  'store_u8',
  'store_u64',
  'input_offset',
  'input_length',
  'input_load_u8',
  'input_load_u64',
  'output_set',
  'error_set',
  'config_get',
  'var_get',
  'var_set',
  'log_trace',
  'log_debug',
  'log_info',
  'log_warn',
  'log_error',
  'get_log_level',
]);
export const extismHost = 'extism:host/env';

/**
 * Throws when a third-party module wants more from the host than its own input and output, or lacks `translate`. With
 * `wasi` it may also link against a system in which there is nothing.
 */
export function checkInterface(module: WasmModule, wasi = false): void {
  for (const { module: from, name } of webAssembly.Module.imports(module)) {
    if (from === extismHost && allowed.has(name)) continue;
    if (from === wasiModule && wasi && wasiFunctions.has(name)) continue;
    const why = from === wasiModule ? ' (an empty WASI comes with "wasi": true in runtime)' : '';
    throw new Error(`it imports ${name} of ${from}, which no translator may have${why}`);
  }
  const exports = webAssembly.Module.exports(module);
  if (!exports.some(({ name, kind }) => name === 'translate' && kind === 'function')) {
    throw new Error('it does not export the function translate');
  }
}

/** An engine with a plugin in it needs some, whatever the plugin says. */
const leastEngineMb = 8;

/** What an engine may have, for a plugin that may have `memoryMb`. */
export function engineMb(memoryMb: number): number {
  return Math.max(memoryMb, leastEngineMb);
}

const memorySection = 5;
export const pagesPerMb = 16;

/**
 * The same module with its memory limited to `memoryMb`. Extism's own `maxPages` is not looked at when a module grows its
 * memory, and V8's flag holds for the whole process: the module's own declaration is what an engine always obeys.
 * Throws when it asks for more at the start, and for kinds of memory that cannot be limited so.
 */
export function clampMemory(bytes: Uint8Array, memoryMb: number): Uint8Array<ArrayBuffer> {
  const reader = createReader(bytes);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  reader.position = 8;
  while (reader.position < bytes.length) {
    const start = reader.position;
    const id = reader.byte();
    const size = reader.number();
    const end = reader.position + size;
    if (end > bytes.length) throw new Error('it is not a whole WebAssembly module');
    if (id === memorySection) parts.push(clampSection(reader, memoryMb * pagesPerMb));
    else parts.push(bytes.subarray(start, end));
    reader.position = end;
  }
  return join(parts);
}

const hasMaximum = 1;

function clampSection(reader: Reader, mostPages: number): Uint8Array {
  const count = reader.number();
  if (count > 1) throw new Error('it has more than one memory');
  const body: number[] = [...encode(count)];
  for (let index = 0; index < count; index++) {
    const flags = reader.byte();
    if ((flags & ~hasMaximum) !== 0)
      throw new Error('its memory is shared or 64-bit, which cannot be limited');
    const least = reader.number();
    const most = flags === hasMaximum ? reader.number() : mostPages;
    if (least > mostPages) {
      throw new Error(`its memory starts with ${Math.ceil(least / pagesPerMb)} MB, over limits.memoryMb`);
    }
    body.push(hasMaximum, ...encode(least), ...encode(Math.min(most, mostPages)));
  }
  return Uint8Array.from([memorySection, ...encode(body.length), ...body]);
}

interface Reader {
  position: number;
  byte(): number;
  /** An unsigned LEB128 number. */
  number(): number;
}

function createReader(bytes: Uint8Array): Reader {
  const reader: Reader = {
    position: 0,
    byte() {
      const value = bytes[reader.position++];
      if (value === undefined) throw new Error('it is not a whole WebAssembly module');
      return value;
    },
    number() {
      let value = 0;
      for (let shift = 0; shift < 35; shift += 7) {
        const byte = reader.byte();
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
      throw new Error('it has a number that is too long');
    },
  };
  return reader;
}

function encode(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
