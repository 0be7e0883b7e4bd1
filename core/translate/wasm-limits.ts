import { wasiFunctions, wasiModule } from './inert-wasi.ts';
import { encodeNumber, encodeSection, type Reader, rewriteSections } from './wasm-sections.ts';
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

/** Numbers of the kinds of sections. */
const sections = {
  types: 1,
  imports: 2,
  functions: 3,
  tables: 4,
  memories: 5,
  globals: 6,
  exports: 7,
  elements: 9,
  code: 10,
  tags: 13,
} as const;
export const pagesPerMb = 16;

/**
 * The same module with its memory limited to `memoryMb`. Extism's own `maxPages` is not looked at when a module grows its
 * memory, and V8's flag holds for the whole process: the module's own declaration is what an engine always obeys.
 * Throws when it asks for more at the start, and for kinds of memory that cannot be limited so.
 */
export function clampMemory(bytes: Uint8Array, memoryMb: number): Uint8Array<ArrayBuffer> {
  return rewriteSections(bytes, (id, reader) =>
    id === sections.memories ? clampMemories(reader, memoryMb * pagesPerMb) : undefined,
  );
}

/** What a module may have of each; the host looks at some of them, and every instance has some of them. */
const mostOf: ReadonlyMap<number, [most: number, what: string]> = new Map([
  [sections.types, [5_000, 'types']],
  [sections.imports, [200, 'imports']],
  [sections.functions, [50_000, 'functions']],
  [sections.tables, [8, 'tables']],
  [sections.globals, [10_000, 'globals']],
  [sections.exports, [1_000, 'exports']],
  [sections.elements, [10_000, 'lists of functions']],
  [sections.tags, [100, 'tags']],
]);
/** Names of exports, and lists of functions, become objects of the host. */
const mostBytes: ReadonlyMap<number, number> = new Map([
  [sections.exports, 262_144],
  [sections.elements, 262_144],
]);
/** Of one function: V8 goes on optimizing it, on a thread of its own, when the call that ran it is long over. */
const mostCode = 524_288;
/** Of all tables together; V8 keeps some 32 bytes for each. */
const mostEntries = 16_384;

/**
 * A third party's module, all it can fill limited: its memory as `clampMemory` does it, its tables, and the number of
 * everything. Tables, and the objects of WebAssembly's garbage collection, lie in the heap of the thread, which ends the
 * whole process when it overflows: the first are clamped, the second refused, in plain errors.
 */
export function limitModule(bytes: Uint8Array, memoryMb: number): Uint8Array<ArrayBuffer> {
  return rewriteSections(bytes, (id, reader, size) => {
    const [most, what] = mostOf.get(id) ?? [];
    const start = reader.position;
    const count = most === undefined ? 0 : reader.number();
    if (most !== undefined && count > most)
      throw new Error(`it has ${count} ${what}, and ${most} are the most`);
    if (size > (mostBytes.get(id) ?? size))
      throw new Error(`its ${what} take more than ${mostBytes.get(id)} bytes`);
    if (id === sections.types) checkTypes(reader, count);
    if (id === sections.code) checkCode(reader);
    if (id === sections.tables) return clampTables(reader, count);
    reader.position = start;
    return id === sections.memories ? clampMemories(reader, memoryMb * pagesPerMb) : undefined;
  });
}

const functionType = 0x60;
const functionReference = 0x70;
const hostReference = 0x6f;
/** Numbers, vectors, and references to functions or to what the host gave, which is nothing. */
const plainTypes: ReadonlySet<number> = new Set([
  0x7f,
  0x7e,
  0x7d,
  0x7c,
  0x7b,
  functionReference,
  hostReference,
]);

function checkTypes(reader: Reader, count: number): void {
  for (let index = 0; index < count; index++) {
    let isPlain = reader.byte() === functionType;
    for (let list = 0; isPlain && list < 2; list++) {
      for (let left = reader.number(); left > 0; left--) isPlain = plainTypes.has(reader.byte()) && isPlain;
    }
    if (!isPlain) throw new Error('it has types of garbage collection, whose memory cannot be limited');
  }
}

function checkCode(reader: Reader): void {
  for (let left = reader.number(); left > 0; left--) {
    const size = reader.number();
    if (size > mostCode) throw new Error(`a function of it has ${size} bytes, and ${mostCode} are the most`);
    reader.position += size;
  }
}

const hasMaximum = 1;

function clampTables(reader: Reader, count: number): Uint8Array {
  const body: number[] = [...encodeNumber(count)];
  const mostEach = Math.floor(mostEntries / Math.max(1, count));
  for (let index = 0; index < count; index++) {
    const type = reader.byte();
    const flags = reader.byte();
    const isPlain = type === functionReference || type === hostReference;
    if (!isPlain || (flags & ~hasMaximum) !== 0)
      throw new Error('it has a kind of table that cannot be limited');
    const least = reader.number();
    const most = flags === hasMaximum ? reader.number() : mostEach;
    if (least > mostEach)
      throw new Error(`a table of it starts with ${least} entries, and ${mostEach} are the most`);
    body.push(
      type,
      hasMaximum,
      ...encodeNumber(least),
      ...encodeNumber(Math.max(least, Math.min(most, mostEach))),
    );
  }
  return encodeSection(sections.tables, body);
}

function clampMemories(reader: Reader, mostPages: number): Uint8Array {
  const count = reader.number();
  if (count > 1) throw new Error('it has more than one memory');
  const body: number[] = [...encodeNumber(count)];
  for (let index = 0; index < count; index++) {
    const flags = reader.byte();
    if ((flags & ~hasMaximum) !== 0)
      throw new Error('its memory is shared or 64-bit, which cannot be limited');
    const least = reader.number();
    const most = flags === hasMaximum ? reader.number() : mostPages;
    if (least > mostPages) {
      throw new Error(`its memory starts with ${Math.ceil(least / pagesPerMb)} MB, over limits.memoryMb`);
    }
    body.push(hasMaximum, ...encodeNumber(least), ...encodeNumber(Math.min(most, mostPages)));
  }
  return encodeSection(sections.memories, body);
}
