/** The part of WebAssembly the sandbox uses; the compiler's library for Node.js has no types for it. */
export interface WasmModule {
  readonly [Symbol.toStringTag]: string;
}
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}
export interface WasmGlobal {
  value: number;
}
interface Extern {
  name: string;
  kind: string;
}
interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Module: {
    imports(module: WasmModule): (Extern & { module: string })[];
    exports(module: WasmModule): Extern[];
  };
  /** What a trap throws. */
  RuntimeError: ErrorConstructor;
}

export const webAssembly: WebAssemblyApi = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
