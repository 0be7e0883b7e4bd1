import type { CallContext } from '@extism/extism';

/** What one instance exchanges with the host. Everything in it is for one call. */
export interface Exchanged {
  input: DataView;
  output: Uint8Array | undefined;
  error: Uint8Array | undefined;
  /** Bytes the guest had allocated in the host, outside of its own memory. */
  allocated: number;
}
export interface HostLimits {
  /** For `allocated`, in bytes. */
  mostAllocated: number;
  /** For output and error, in bytes. */
  mostOutput: number;
}

/** A guest that passed one of its limits; the call fails with GW_TRANSLATE_LIMIT. */
export class SandboxLimit extends Error {
  override readonly name = 'SandboxLimit';
}

export function createExchanged(): Exchanged {
  return { input: viewOf(new Uint8Array(0)), output: undefined, error: undefined, allocated: 0 };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Extism's addresses: the number of a block above, the place in it in the lower 48 bits. */
const offsetMask = (1n << 48n) - 1n;

const blockBytes = 1_024;

type HostFunction = (context: CallContext, ...values: bigint[]) => unknown;

/**
 * Extism's host functions where its own would not do. Its memory blocks stay its own, but are counted: nothing else
 * limits them. Input and output are ours, because its own hand the result over only in a later turn of the event loop.
 * Configuration, variables and logs, which would carry something from one call to the next or out of the sandbox, lead
 * nowhere.
 */
export function hostFunctions(exchanged: Exchanged, limits: HostLimits): Record<string, HostFunction> {
  const take = (context: CallContext, address: bigint, length?: bigint): Uint8Array => {
    const block = context.read(address) as DataView<ArrayBuffer> | null;
    if (block === null) throw new Error('it names memory of the host that is not there');
    const from = Number(address & offsetMask);
    const size = length === undefined ? block.byteLength - from : Number(length);
    if (size < 0 || from + size > block.byteLength)
      throw new Error('its output is longer than the memory it is in');
    if (size > limits.mostOutput) {
      throw new SandboxLimit(
        `its output is ${size >> 10} KB, and limits.maxOutputKb is ${limits.mostOutput >> 10}`,
      );
    }
    return new Uint8Array(block.buffer, block.byteOffset + from, size);
  };
  const nothing = (): bigint => 0n;
  return {
    alloc(context: CallContext, size: bigint) {
      // An empty one costs the host something as well.
      exchanged.allocated += blockBytes + Number(size);
      if (size < 0n || exchanged.allocated > limits.mostAllocated) {
        throw new SandboxLimit('it allocated more memory in the host than limits.memoryMb allows');
      }
      return context.alloc(size);
    },
    input_offset: nothing,
    input_length: () => BigInt(exchanged.input.byteLength),
    input_load_u8: (_context: CallContext, at: bigint) => exchanged.input.getUint8(Number(at)),
    input_load_u64: (_context: CallContext, at: bigint) => exchanged.input.getBigUint64(Number(at), true),
    output_set(context: CallContext, address: bigint, length: bigint) {
      exchanged.output = take(context, address, length);
    },
    error_set(context: CallContext, address: bigint) {
      exchanged.error = address === 0n ? undefined : take(context, address);
    },
    config_get: nothing,
    var_get: nothing,
    var_set: () => undefined,
    log_trace: () => undefined,
    log_debug: () => undefined,
    log_info: () => undefined,
    log_warn: () => undefined,
    log_error: () => undefined,
    // Above every level there is: guests that ask first need not even write the text.
    get_log_level: () => 0x7fffffff,
  };
}
