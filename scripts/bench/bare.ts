import { createServer } from 'node:http';
import { announce } from './announce.ts';
import { createRelay, join, readWhole, upstreamHeaders, writeWhole } from './relay.ts';

/** The floor for Node: bytes from one side to the other, whole bodies collected as a gateway must collect them. */
const relay = createRelay(process.argv[2] ?? '');

const server = createServer({ noDelay: true }, (request, response) => {
  readWhole(request, (body) => {
    const chunks: Buffer[] = [];
    let isStream = false;
    let status = 0;
    relay(request.url ?? '/', upstreamHeaders, body, {
      head(replyStatus, headers) {
        status = replyStatus;
        isStream = headers['content-type'] === 'text/event-stream';
        if (isStream) response.writeHead(status, { 'content-type': 'text/event-stream' });
      },
      data(chunk) {
        if (isStream) response.write(chunk);
        else chunks.push(chunk);
      },
      end() {
        if (isStream) response.end();
        else writeWhole(response, status, join(chunks));
      },
    });
  });
});
server.listen(0, '127.0.0.1', () => announce(server));
