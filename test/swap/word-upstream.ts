import { setTimeout } from 'node:timers/promises';
import type { JsonObject } from '@dragoman/plugin-sdk';
import { type FakeUpstream, type ReceivedRequest, startFakeUpstream } from '../helpers/fake-upstream.ts';

/**
 * Milliseconds between two words of a stream, and before a whole reply: some of a steady load are always in the middle of
 * a swap, and a loop of whole replies waits for the service rather than taking all of the machine.
 */
const paceMs = 15;

/** The service behind versioned.ts: gives words that say which endpoint was asked and what was sent. */
export async function startWordUpstream(): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream({ strict: false });
  upstream.always(async (request, response) => {
    const word = wordOf(request);
    const count = Number(request.body.words);
    // A test with thousands of requests does not look at them again.
    upstream.requests.length = 0;
    if (request.body.stream !== true) {
      await setTimeout(paceMs);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ words: Array.from({ length: count }, () => word) }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let sent = 0; sent < count && !request.aborted; sent++) {
      response.write(`data: ${JSON.stringify(word)}\n\n`);
      await setTimeout(paceMs);
    }
    response.end('data: [DONE]\n\n');
  });
  return upstream;
}

function wordOf({ path, body }: ReceivedRequest): JsonObject {
  return { path: /^\/v(\d+)\//.exec(path)?.[1] ?? path, sent: body.sent };
}
