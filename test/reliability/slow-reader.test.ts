import { connect } from 'node:net';
import t from 'tap';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { providersAt } from '../helpers/gateway.ts';
import { startGatewayProcess } from '../helpers/gateway-process.ts';
import { type Way, ways } from './ways.ts';

/** What the service has to say: more than all buffers between it and the client hold together. */
const totalMb = 96;
const pieceKb = 64;

for (const way of ways.filter(({ provider }) => !provider.endsWith('-twin'))) {
  t.test(
    `a client that does not read holds up the service, not the gateway's memory: ${way.name}`,
    {
      timeout: 90_000,
    },
    async (t) => {
      const upstream = await startFakeUpstream({ strict: false });
      t.teardown(() => upstream.close());
      const [head, piece, tail] = cutAtText(way);
      const pieces = Math.ceil((totalMb * 1024) / pieceKb);
      let sent = 0;
      upstream.always(async (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(head);
        for (sent = 0; sent < pieces && !request.aborted; sent++) {
          if (response.write(piece)) continue;
          await Promise.race([new Promise((resolve) => response.once('drain', resolve)), request.closed]);
        }
        response.end(tail);
      });
      const cwd = t.testdir({ 'gateway.yaml': JSON.stringify({ providers: providersOf(upstream) }) });
      const gateway = await startGatewayProcess(cwd);
      t.teardown(() => gateway.kill());
      const before = (await gateway.memory()).rss;

      const { hostname, port } = new URL(gateway.url);
      const socket = connect(Number(port), hostname);
      socket.pause();
      socket.write(requestText(way, gateway.key));
      await upstream.received(0);
      await settled(() => sent);
      const stalledAt = sent;
      t.ok(stalledAt < pieces / 2, `the service was held up after ${stalledAt} of ${pieces} pieces`);
      const grown = ((await gateway.memory()).rss - before) / 1e6;
      t.ok(grown < 60, `the gateway grew by ${grown.toFixed(1)} MB`);

      let received = 0;
      let last = '';
      for await (const chunk of socket) {
        received += (chunk as Buffer).length;
        last = (last + String(chunk)).slice(-400);
        if (/\[DONE\]\n\n|message_stop"\}\n\n/.test(last)) break;
      }
      t.equal(sent, pieces, 'once it reads, all of it comes');
      t.ok(received > totalMb * 1e6, `${received} bytes`);
      const after = ((await gateway.memory()).rss - before) / 1e6;
      t.ok(after < 90, `afterwards the gateway has ${after.toFixed(1)} MB more than before`);
      await gateway.stop();
    },
  );
}

/** The frames before the text, one frame with much text, and the frames after it. */
function cutAtText({ frames }: Way): [string, string, string] {
  const at = frames.findIndex((frame) => frame.includes(' there'));
  const text = 'x'.repeat(pieceKb * 1024);
  return [
    frames.slice(0, at).join(''),
    frames[at]?.replace(' there', text) ?? '',
    frames.slice(at + 1).join(''),
  ];
}

function providersOf(upstream: Parameters<typeof providersAt>[0]): object {
  const { openai, anthropic } = providersAt(upstream);
  return { openai, anthropic };
}

function requestText({ client, provider }: Way, key: string): string {
  const body = JSON.stringify({
    model: `${provider}/m`,
    stream: true,
    max_tokens: 50,
    messages: [{ role: 'user', content: 'Hello' }],
  });
  const path = client === 'openai' ? '/v1/chat/completions' : '/v1/messages';
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: gateway',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Resolves when a number has stopped growing: nothing announces that a writer waits. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1, same = 0; same < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    same = read() === before ? same + 1 : 0;
    before = read();
  }
}
