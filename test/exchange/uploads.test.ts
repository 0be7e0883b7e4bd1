import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { type GatewayProcess, startGatewayProcess } from '../helpers/gateway-process.ts';

/** Megabytes of the form whose memory is watched. */
const megabytes = process.env.DRAGOMAN_LONG === undefined ? 200 : 1_000;
const megabyte = Buffer.alloc(1_048_576, 'abcdefg');
const head = Buffer.from(
  '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nopenai/whisper-1\r\n' +
    '--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n',
);
const tail = Buffer.from('\r\n--x--\r\n');

let serve: (message: IncomingMessage, response: ServerResponse) => unknown = () => {};
const server = createServer({ highWaterMark: 65_536 }, (message, response) => {
  Promise.resolve(serve(message, response)).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => {
  server.closeAllConnections();
  server.close();
});
const gateway = await start();
t.teardown(() => gateway.kill());

async function start(): Promise<GatewayProcess> {
  const cwd = t.testdir();
  const at = (port: number, more = {}) => ({
    use: 'openai',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    allowPrivate: true,
    retries: 1,
    credentials: [{ name: 'test', key: 'sk-upload-test' }],
    ...more,
  });
  const { port } = server.address() as AddressInfo;
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const nobody = (closed.address() as AddressInfo).port;
  closed.close();
  const settings = {
    server: { maxUploadMb: 2_000 },
    providers: { openai: at(port), nobody: at(nobody) },
  };
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(settings));
  return startGatewayProcess(cwd);
}

/** A form on its way; `length` in megabytes of its file. */
function openUpload(length: number, headers: Record<string, string> = {}) {
  const sending = request(`${gateway.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.key}`,
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': head.length + length * megabyte.length + tail.length,
      ...headers,
    },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sending.on('response', resolve);
    sending.on('error', reject);
  });
  answered.catch(() => undefined);
  sending.write(head);
  return { sending, answered };
}

async function text(message: IncomingMessage): Promise<string> {
  let read = '';
  for await (const chunk of message) read += String(chunk);
  return read;
}

t.test('a large form goes through to a slow service in little memory', async (t) => {
  let received = 0;
  serve = async (message, response) => {
    for await (const chunk of message) {
      received += (chunk as Buffer).length;
      for (let turns = 0; turns < 3; turns++) await turn();
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ text: String(received), length: message.headers['content-length'] }));
  };
  const upload = async (length: number): Promise<Record<string, string>> => {
    received = 0;
    const { sending, answered } = openUpload(length);
    for (let count = 1; count <= length; count++) {
      if (!sending.write(megabyte)) await once(sending, 'drain');
    }
    sending.end(tail);
    const reply = await answered;
    t.equal(reply.statusCode, 200);
    return JSON.parse(await text(reply)) as Record<string, string>;
  };
  await upload(20);
  // What a form of a tenth of the size takes at most: a longer one must not take more.
  const before = await gateway.peak();
  const reply = await upload(megabytes);
  const growth = ((await gateway.peak()) - before) / 1_048_576;
  const expected = head.length - 'openai/'.length + megabytes * megabyte.length + tail.length;
  t.equal(Number(reply.text), expected, 'every byte, with the other name');
  t.equal(Number(reply.length), expected, 'and its length was told beforehand');
  t.comment(`${megabytes} MB took ${growth.toFixed(1)} MB more than 20 MB did`);
  // Pieces wait to be collected; what grows with the form would be all of it.
  t.ok(growth < 100, `memory grew by ${growth.toFixed(1)} MB`);
});

t.test('a client that hangs up in the middle ends the request to the service', async () => {
  const arrived = Promise.withResolvers<void>();
  const cut = Promise.withResolvers<void>();
  serve = (message) => {
    message.on('data', () => arrived.resolve());
    message.on('close', () => !message.complete && cut.resolve());
  };
  const { sending } = openUpload(2);
  sending.on('error', () => undefined);
  sending.write(megabyte);
  await arrived.promise;
  sending.destroy();
  await cut.promise;
});

t.test('a service that breaks off in the middle is a 502 and not asked again', async (t) => {
  let asked = 0;
  serve = (message) => {
    asked++;
    message.once('data', () => message.destroy());
  };
  const { sending, answered } = openUpload(1);
  sending.end(Buffer.concat([megabyte, tail]));
  const reply = await answered;
  t.equal(reply.statusCode, 502);
  t.match(await text(reply), /openai/);
  t.equal(asked, 1);
});

t.test('a service that refuses before it has read everything is heard', async (t) => {
  serve = (_, response) => {
    const body = '{"error":{"message":"too long","type":"invalid_request_error"}}';
    response.writeHead(413, { 'content-type': 'application/json' });
    response.end(body);
  };
  const { sending, answered } = openUpload(4);
  sending.on('error', () => undefined);
  sending.write(megabyte);
  const reply = await answered;
  t.equal(reply.statusCode, 413);
  t.match(await text(reply), /too long/);
  sending.destroy();
});

t.test('a form of which nothing was sent yet is tried again', async (t) => {
  const { sending, answered } = openUpload(1, { 'x-dragoman-provider': 'nobody' });
  sending.end(Buffer.concat([megabyte, tail]));
  const reply = await answered;
  // The field says openai, the header another: the header decides, and the name stays whole.
  t.equal(reply.statusCode, 502);
  t.match(reply.headers, { 'x-dragoman-attempts': '2', 'x-dragoman-error': 'GW_UPSTREAM_CONNECT' });
  await text(reply);
});

t.test('a reply waits for a client that does not read', async (t) => {
  const size = 128;
  let written = 0;
  serve = async (_, response) => {
    response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': size * megabyte.length });
    for (let count = 0; count < size; count++) {
      if (!response.write(megabyte)) await once(response, 'drain');
      written += megabyte.length;
    }
    response.end();
  };
  const asking = request(`${gateway.url}/v1/audio/speech`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
  });
  asking.end('{"model":"openai/tts-1","input":"Hi","voice":"alloy"}');
  const [reply] = (await once(asking, 'response')) as [IncomingMessage];
  reply.pause();
  // Until what is written no longer grows.
  for (let before = -1, same = 0; same < 50; before = written) {
    await turn();
    same = written === before ? same + 1 : 0;
  }
  const held = written;
  // The system's own buffers take some tens of megabytes.
  t.ok(held < 100 * megabyte.length, `${held} bytes were taken`);
  let read = 0;
  for await (const chunk of reply) read += (chunk as Buffer).length;
  t.equal(read, size * megabyte.length);
});
