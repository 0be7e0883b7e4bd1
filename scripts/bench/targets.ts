import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A process that is measured, alone on its core. */
export interface Target {
  name: TargetName;
  pid: number;
  port: number;
  /** The key its clients send. */
  key: string;
  stop(): Promise<void>;
}
export type TargetName = 'bare' | 'bare-tr' | 'gateway';

export const measuredCore = 0;
/** Mock upstream and driver. */
export const otherCore = 1;
const clientKey = 'bench-client-key-0123456789abcdef';
const main = join(import.meta.dirname, '../../core/main.ts');

/** The mock upstream, on the driver's core. */
export async function startUpstream(): Promise<{ port: number; stop(): Promise<void> }> {
  const child = spawnPinned(otherCore, [join(import.meta.dirname, 'upstream.ts')], process.env, 'pipe');
  return { port: await readPort(child), stop: () => end(child) };
}

export async function startTarget(name: TargetName, upstreamPort: number): Promise<Target> {
  if (name === 'gateway') return startGateway(upstreamPort);
  const file = join(import.meta.dirname, `${name}.ts`);
  const child = spawnPinned(measuredCore, [file, `http://127.0.0.1:${upstreamPort}`], process.env, 'pipe');
  const port = await readPort(child);
  return { name, pid: child.pid ?? 0, port, key: clientKey, stop: () => end(child) };
}

/**
 * The gateway as `npm start` runs it: every default, one client key, metrics, a JSON line per exchange (to /dev/null:
 * what a terminal or a disk costs is not the gateway's). Only the two providers' addresses are the mock's.
 */
async function startGateway(upstreamPort: number): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-bench-'));
  const config = join(folder, 'gateway.yaml');
  const port = await freePort();
  writeFileSync(config, gatewayConfig(upstreamPort));
  const argv = [main, 'start', '--config', config, '--data', join(folder, 'state'), '--port', String(port)];
  const child = spawnPinned(measuredCore, argv, { ...process.env, DRAGOMAN_KEY: clientKey }, 'ignore');
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  await untilReady(child, port).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { name: 'gateway', pid: child.pid ?? 0, port, key: clientKey, stop };
}

function gatewayConfig(upstreamPort: number): string {
  const provider = (name: string, path: string) => `  ${name}:
    baseUrl: http://127.0.0.1:${upstreamPort}${path}
    allowPrivate: true
    credentials: [{ key: bench-upstream-key-0123456789 }]
    models: [small, long, agent, burst, slow, held]
`;
  return `providers:\n${provider('openai', '/v1')}${provider('anthropic', '')}`;
}

function spawnPinned(core: number, argv: string[], env: NodeJS.ProcessEnv, output: 'pipe' | 'ignore') {
  const pinned = ['-c', String(core), process.execPath, ...argv];
  return spawn('taskset', pinned, {
    env,
    stdio: ['ignore', output, output === 'pipe' ? 'inherit' : 'ignore'],
  });
}

async function readPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('the process was spawned without its output');
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  const port = Number(String(line));
  if (!Number.isInteger(port) || port < 1) throw new Error('a process of the benchmarks did not start');
  return port;
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error('the gateway did not start: run it by hand to see why');
    const status = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (reply) => reply.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
