import { definePlugin } from '@dragoman/plugin-sdk';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { DIALECT } from './dialect.ts';
import { decodeEmbedResponse, encodeEmbedRequest } from './embed.ts';
import { encodeRequest } from './encode-request.ts';
import { decodeError, encodeError } from './errors.ts';
import { decodeModels } from './models.ts';

export default definePlugin({
  dialects: {
    [DIALECT]: {
      encodeRequest,
      decodeResponse,
      decodeStream,
      decodeError,
      encodeError,
      decodeModels,
      encodeEmbedRequest,
      decodeEmbedResponse,
    },
  },
});
