import { Connection, formatRequest, type Received } from './connection.ts';
import { requestBody } from './payloads.ts';
import type { Target } from './targets.ts';
import { paths, type Workload } from './workloads.ts';

export function requestOf(workload: Workload, key: string): Buffer {
  const { client, upstream, script } = workload;
  return formatRequest(paths[client], key, requestBody(client, `${upstream}/${script}`, script));
}

/** Keep-alive connections to one target, each with one request at a time. */
export class Load {
  readonly #connections: Connection[];
  readonly #request: Buffer;
  readonly #bytes: number;

  private constructor(connections: Connection[], request: Buffer, bytes: number) {
    this.#connections = connections;
    this.#request = request;
    this.#bytes = bytes;
  }

  /** `answerBytes`: how long the answer was that was checked. */
  static async open(workload: Workload, target: Target, answerBytes: number): Promise<Load> {
    const opening = Array.from({ length: workload.concurrency }, () => Connection.open(target.port));
    return new Load(await Promise.all(opening), requestOf(workload, target.key), answerBytes);
  }

  /**
   * Sends `count` requests over all connections and waits for the last answer. `spreadMs` apart are their first ones.
   * Returns the milliseconds from each request to its first byte.
   */
  async run(count: number, spreadMs = 0): Promise<number[]> {
    const latencies: number[] = [];
    let left = count;
    const loop = async (connection: Connection, index: number): Promise<void> => {
      if (spreadMs > 0) await wait((index * spreadMs) / this.#connections.length);
      while (left > 0) {
        left--;
        const sentAt = performance.now();
        const received = await connection.send(this.#request);
        latencies.push(received.firstAt - sentAt);
        this.#check(received);
      }
    };
    await Promise.all(this.#connections.map(loop));
    return latencies;
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Ids and dates may differ by a few characters from the answer that was checked in full. */
  #check({ status, bytes }: Received): void {
    if (status === 200 && Math.abs(bytes - this.#bytes) <= this.#bytes * 0.2) return;
    throw new Error(
      `an answer under load differs: status ${status}, ${bytes} bytes instead of ${this.#bytes}`,
    );
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
