import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a process of the benchmarks tells the one that spawned it where it listens. */
export function announce(server: Server): void {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
}
