import type { WasmMemory } from './web-assembly.ts';

/** Numbers of errors in WASI preview 1. */
const success = 0;
const badFile = 8;
const unsupported = 58;

export const wasiModule = 'wasi_snapshot_preview1';
/** Extism's call context comes first; a 64-bit number is a bigint, which only the clock gets, and does not look at. */
type WasiFunction = (context: unknown, ...values: number[]) => number;

/**
 * What a compiler that cannot do without WASI links against: a system with no files, no environment, no arguments and no
 * network, where it is always 1970, every random byte is 0, and what is printed goes nowhere. `memoryOf` is asked at each
 * call, for the memory of the instance that made it.
 */
export function inertWasi(memoryOf: () => WasmMemory | undefined): Record<string, WasiFunction> {
  const view = (): DataView => {
    const memory = memoryOf();
    if (memory === undefined) throw new Error('it calls WASI before it has a memory');
    return new DataView(memory.buffer);
  };
  const zeros = (...sizes: number[]): WasiFunction => {
    return (_context, ...values) => {
      const memory = view();
      for (const [index, size] of sizes.entries()) {
        for (let at = 0; at < size; at++) memory.setUint8((values[index] ?? 0) + at, 0);
      }
      return success;
    };
  };
  const fail =
    (code: number): WasiFunction =>
    () =>
      code;
  return {
    args_get: () => success,
    args_sizes_get: zeros(4, 4),
    environ_get: () => success,
    environ_sizes_get: zeros(4, 4),
    clock_res_get(_context, _clock: number, at: number) {
      view().setBigUint64(at, 1n, true);
      return success;
    },
    clock_time_get(_context, _clock: number, _precision: number, at: number) {
      view().setBigUint64(at, 0n, true);
      return success;
    },
    random_get(_context, at: number, length: number) {
      new Uint8Array(view().buffer).fill(0, at, at + length);
      return success;
    },
    sched_yield: () => success,
    /** Says that all of it was written. */
    fd_write(_context, _file: number, list: number, count: number, at: number) {
      const memory = view();
      let bytes = 0;
      for (let index = 0; index < count; index++) bytes += memory.getUint32(list + 8 * index + 4, true);
      memory.setUint32(at, bytes, true);
      return success;
    },
    fd_fdstat_get: fail(badFile),
    fd_prestat_get: fail(badFile),
    fd_prestat_dir_name: fail(badFile),
    fd_read: fail(badFile),
    fd_seek: fail(badFile),
    fd_tell: fail(badFile),
    fd_close: fail(badFile),
    fd_filestat_get: fail(badFile),
    fd_fdstat_set_flags: fail(badFile),
    fd_readdir: fail(badFile),
    path_open: fail(unsupported),
    path_filestat_get: fail(unsupported),
    path_create_directory: fail(unsupported),
    path_remove_directory: fail(unsupported),
    path_unlink_file: fail(unsupported),
    path_rename: fail(unsupported),
    path_readlink: fail(unsupported),
    poll_oneoff: fail(unsupported),
    sock_accept: fail(unsupported),
    sock_recv: fail(unsupported),
    sock_send: fail(unsupported),
    sock_shutdown: fail(unsupported),
    proc_exit(_context, code: number) {
      throw new Error(`it exited with ${code}`);
    },
  };
}

/** Names of what there is. */
export const wasiFunctions: ReadonlySet<string> = new Set(Object.keys(inertWasi(() => undefined)));
