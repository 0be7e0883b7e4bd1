import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { GatewayError } from '../../errors/gateway-error.ts';

/** Counts tokens without a service. */
export interface TokenCounter {
  /** Tokens of a `Collected`, given as its JSON. Fails with GW_TRANSLATE_BUSY and GW_TRANSLATE_TIMEOUT. */
  count(collected: Buffer | string): Promise<number>;
  close(): Promise<void>;
}

/** The tokenizer whose vocabulary is used for every model. */
export const encodingName = 'o200k_base';

const idleMs = 60_000;
const limitMs = 30_000;
/** Counts that may wait for the one thread. */
const maxQueue = 256;

/**
 * One thread, started by the first count and ended after a minute without one: the vocabulary costs 0.1 s to load and
 * 50 MB to hold, which a gateway that never counts does not pay.
 */
export function createTokenCounter(onError: (error: Error) => void): TokenCounter {
  let opening: Promise<Piscina> | null = null;

  async function open(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    const pool = new Piscina({
      filename: fileURLToPath(new URL(`thread${extension}`, import.meta.url)),
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: idleMs,
      maxQueue,
      recordTiming: false,
      env: {},
      // Out of reach of any body: V8 ends the whole process when a heap that is full needs a large piece more.
      resourceLimits: { maxOldGenerationSizeMb: 4_096 },
    });
    pool.on('error', onError);
    return pool;
  }

  return {
    async count(collected) {
      opening ??= open();
      const pool = await opening;
      // A copy of its own, which moves to the thread; a pooled Buffer would take its neighbours along.
      const bytes = Uint8Array.from(typeof collected === 'string' ? Buffer.from(collected) : collected);
      const signal = AbortSignal.timeout(limitMs);
      try {
        return (await pool.run(bytes, { transferList: [bytes.buffer] as never, signal })) as number;
      } catch (cause) {
        throw explain(cause as Error, signal);
      }
    },
    async close() {
      const pool = await opening;
      await pool?.destroy();
    },
  };
}

function explain(cause: Error, signal: AbortSignal): GatewayError {
  if (signal.aborted) {
    const details = { plugin: encodingName, limit: limitMs, function: 'count' };
    return new GatewayError('GW_TRANSLATE_TIMEOUT', details, { cause });
  }
  if (cause.message.includes('queue')) return new GatewayError('GW_TRANSLATE_BUSY', {}, { cause });
  const details = { plugin: encodingName, function: 'count', reason: cause.message };
  return new GatewayError('GW_TRANSLATE_FAILED', details, { cause });
}
