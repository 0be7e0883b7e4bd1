import type { Json } from '../json.ts';
import {
  type Dialect,
  type TranslateContext,
  type Translated,
  TranslateError,
  type TranslateFunction,
  type TranslateRequest,
  type TranslateResponse,
} from '../translate.ts';

/** The part of WebAssembly used here: the compiler has types for it only in those of browsers. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: {
    Module: {
      new (bytes: Uint8Array): object;
      imports(module: object): { module: string; name: string; kind: string }[];
    };
    Instance: new (module: object, imports: object) => { exports: { translate(): number } };
  };
};

/** The modules a WASM module imports from, each once. A plugin may name `extism:host/env` and nothing else. */
export function wasmImports(bytes: Uint8Array): string[] {
  const { Module } = webAssembly;
  return [...new Set(Module.imports(new Module(bytes)).map(({ module }) => module))];
}

/**
 * Calls a plugin's module as the gateway does, without its limits: every call gets a fresh instance. Throws where the
 * module traps or imports what the sandbox does not give.
 */
export function openWasm(bytes: Uint8Array): (request: TranslateRequest) => TranslateResponse {
  const module = new webAssembly.Module(bytes);
  return (request) => {
    const host = createHost(new TextEncoder().encode(JSON.stringify(request)));
    const instance = new webAssembly.Instance(module, { 'extism:host/env': host.imports });
    const status = instance.exports.translate();
    if (status !== 0) throw new Error(`translate returned ${status}: ${host.error()}`);
    return JSON.parse(host.output()) as TranslateResponse;
  };
}

/** A dialect of a WASM plugin as the laws take it. `functions`: those it is meant to have. */
export function wasmDialect(
  bytes: Uint8Array,
  dialect: string,
  functions: readonly TranslateFunction[],
): Dialect {
  const call = openWasm(bytes);
  const bind = (name: TranslateFunction) => (input: Json, context: TranslateContext) => {
    const response = call({ abi: 1, target: `dialect:${dialect}`, function: name, input, context });
    if (!response.ok)
      throw new TranslateError(response.error.code, response.error.message, response.error.path);
    const { output, warnings, memo } = response;
    const translated: Translated<Json> = { output };
    if (warnings !== undefined) translated.warnings = warnings;
    if (memo !== undefined) translated.memo = memo;
    return translated;
  };
  return Object.fromEntries(functions.map((name) => [name, bind(name)])) as Dialect;
}

/** The imports of `extism:host/env` that a plugin needs: its input, blocks for its output, and where that begins. */
function createHost(input: Uint8Array) {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  let blocks = new Uint8Array(1024);
  /** 0 is no block. */
  let used = 8;
  const lengths = new Map<bigint, bigint>();
  let output: [bigint, bigint] = [0n, 0n];
  let error = 0n;

  function alloc(length: bigint): bigint {
    const start = BigInt(used);
    used += Number(length) + (8 - (Number(length) % 8));
    if (used > blocks.length) {
      const larger = new Uint8Array(used * 2);
      larger.set(blocks);
      blocks = larger;
    }
    lengths.set(start, length);
    return start;
  }
  function text(start: bigint, length: bigint): string {
    return new TextDecoder().decode(blocks.subarray(Number(start), Number(start + length)));
  }
  const at = (): DataView => new DataView(blocks.buffer);

  return {
    imports: {
      input_length: () => BigInt(input.length),
      input_load_u8: (offset: bigint) => view.getUint8(Number(offset)),
      input_load_u64: (offset: bigint) => view.getBigUint64(Number(offset), true),
      alloc,
      free: () => {},
      length: (start: bigint) => lengths.get(start) ?? 0n,
      load_u8: (offset: bigint) => at().getUint8(Number(offset)),
      load_u64: (offset: bigint) => at().getBigUint64(Number(offset), true),
      store_u8: (offset: bigint, byte: number) => at().setUint8(Number(offset), byte),
      store_u64: (offset: bigint, eight: bigint) => at().setBigUint64(Number(offset), eight, true),
      output_set: (start: bigint, length: bigint) => {
        output = [start, length];
      },
      error_set: (start: bigint) => {
        error = start;
      },
    },
    output: () => text(...output),
    error: () => (error === 0n ? 'no reason given' : text(error, lengths.get(error) ?? 0n)),
  };
}
