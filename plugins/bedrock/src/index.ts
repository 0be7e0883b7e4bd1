import { definePlugin } from '@dragoman/plugin-sdk';
import { decodeCountResponse, encodeCountRequest } from './count.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { DIALECT } from './dialect.ts';
import { decodeEmbedResponse, encodeEmbedRequest } from './embed.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeError } from './errors.ts';

export default definePlugin({
  dialects: {
    [DIALECT]: {
      encodeRequest,
      decodeResponse,
      decodeStream,
      decodeError,
      encodeEmbedRequest,
      decodeEmbedResponse,
      encodeCountRequest,
      decodeCountResponse,
    },
  },
});
