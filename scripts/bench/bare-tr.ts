import { createServer } from 'node:http';
import { announce } from './announce.ts';
import {
  type AnthropicReply,
  createFloorStream,
  type OpenaiReply,
  replyToAnthropic,
  replyToOpenai,
} from './floor-reply.ts';
import { type AnthropicRequest, type OpenaiRequest, toAnthropic, toOpenai } from './floor-request.ts';
import { createRelay, join, readWhole, upstreamHeaders, writeWhole } from './relay.ts';

/** `bare` with the least translation there can be: one parse, one mapping, one stringify, each way. */
const relay = createRelay(process.argv[2] ?? '');

const server = createServer({ noDelay: true }, (request, response) => {
  const isOpenai = request.url === '/v1/chat/completions';
  readWhole(request, (body) => {
    const parsed = JSON.parse(body.toString());
    const sent = JSON.stringify(
      isOpenai ? toAnthropic(parsed as OpenaiRequest) : toOpenai(parsed as AnthropicRequest),
    );
    const chunks: Buffer[] = [];
    let translate: ((chunk: Buffer) => string) | null = null;
    let status = 0;
    relay(isOpenai ? '/v1/messages' : '/v1/chat/completions', upstreamHeaders, sent, {
      head(replyStatus, headers) {
        status = replyStatus;
        if (headers['content-type'] !== 'text/event-stream') return;
        translate = createFloorStream();
        response.writeHead(status, { 'content-type': 'text/event-stream' });
      },
      data(chunk) {
        if (translate === null) chunks.push(chunk);
        else {
          const text = translate(chunk);
          if (text !== '') response.write(text);
        }
      },
      end() {
        if (translate !== null) response.end();
        else writeWhole(response, status, JSON.stringify(translateWhole(join(chunks).toString())));
      },
    });
  });

  function translateWhole(text: string): object {
    const reply = JSON.parse(text);
    return isOpenai ? replyToOpenai(reply as AnthropicReply) : replyToAnthropic(reply as OpenaiReply);
  }
});
server.listen(0, '127.0.0.1', () => announce(server));
