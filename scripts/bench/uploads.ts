import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startGatewayProcess } from '../../test/helpers/gateway-process.ts';

/**
 * What a gateway adds to a multipart body on its way: time until the service has the first byte of it and until the client
 * has the first of the answer, both with and without the gateway between; and memory while a large one goes through.
 * `node scripts/bench/uploads.ts [--count 300] [--megabytes 200]`
 */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '300' }, megabytes: { type: 'string', default: '200' } },
});
const count = Number(values.count);
const megabytes = Number(values.megabytes);
const megabyte = Buffer.alloc(1_048_576, 'abcdefg');
const tail = Buffer.from('\r\n--x--\r\n');
const agent = new Agent({ keepAlive: true });

let firstByteAt = 0;
const server = createServer((message, response) => {
  message.once('data', () => {
    firstByteAt = performance.now();
  });
  message.on('data', () => {});
  message.on('end', () => response.setHeader('content-type', 'application/json').end('{"text":"Hello"}'));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const direct = { url: `http://127.0.0.1:${port}`, key: 'k' };

const cwd = mkdtempSync(join(tmpdir(), 'dragoman-uploads-'));
const openai = {
  baseUrl: `${direct.url}/v1`,
  allowPrivate: true,
  credentials: [{ name: 'bench', key: 'sk-bench-uploads' }],
};
writeFileSync(
  join(cwd, 'gateway.yaml'),
  JSON.stringify({ server: { maxUploadMb: megabytes + 1 }, providers: { openai } }),
);
const gateway = await startGatewayProcess(cwd);

/** Sends a form with a file of so many megabytes; what came when, in milliseconds after the first write. */
async function upload(
  to: { url: string; key: string },
  size: number,
): Promise<[sent: number, answered: number]> {
  const head =
    '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nopenai/whisper-1\r\n' +
    '--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n';
  const sending = request(`${to.url}/v1/audio/transcriptions`, {
    method: 'POST',
    agent,
    headers: {
      authorization: `Bearer ${to.key}`,
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': Buffer.byteLength(head) + size * megabyte.length + tail.length,
    },
  });
  const answer = once(sending, 'response');
  const began = performance.now();
  sending.write(head);
  for (let at = 0; at < size; at++) if (!sending.write(megabyte)) await once(sending, 'drain');
  sending.end(tail);
  const [reply] = await answer;
  const answered = performance.now() - began;
  if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}`);
  for await (const _ of reply);
  return [firstByteAt - began, answered];
}

function at(sorted: number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2);
}

try {
  for (const [name, to] of [
    ['direct', direct],
    ['gateway', gateway],
  ] as const) {
    const sent: number[] = [];
    const answered: number[] = [];
    for (let run = -20; run < count; run++) {
      const [first, whole] = await upload(to, 0);
      if (run < 0) continue;
      sent.push(first);
      answered.push(whole);
    }
    sent.sort((left, right) => left - right);
    answered.sort((left, right) => left - right);
    console.log(
      `${name}: first byte at the service ${at(sent, 0.5)} ms (p99 ${at(sent, 0.99)}), first of the answer ${at(answered, 0.5)} ms (p99 ${at(answered, 0.99)})`,
    );
  }
  await upload(gateway, 20);
  const before = await gateway.peak();
  const [, took] = await upload(gateway, megabytes);
  const grown = ((await gateway.peak()) - before) / 1_048_576;
  console.log(
    `${megabytes} MB in ${took.toFixed(0)} ms, ${grown.toFixed(1)} MB more memory at most than 20 MB took`,
  );
} finally {
  gateway.kill();
  server.close();
  agent.destroy();
  rmSync(cwd, { recursive: true, force: true });
}
