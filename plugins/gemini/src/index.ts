import { definePlugin } from '@dragoman/plugin-sdk';
import { decodeCount, decodeCountResponse, encodeCount, encodeCountRequest } from './count.ts';
import { decodeError } from './decode-error.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { DIALECT } from './dialect.ts';
import { decodeEmbed, decodeEmbedResponse, encodeEmbed, encodeEmbedRequest } from './embed.ts';
import { encodeError } from './encode-error.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeModels, encodeModel, encodeModels } from './models.ts';
import { normalise } from './normalise.ts';

export default definePlugin({
  dialects: {
    [DIALECT]: {
      decodeRequest,
      encodeRequest,
      decodeResponse,
      encodeResponse,
      decodeStream,
      encodeStream,
      decodeError,
      encodeError,
      decodeCount,
      encodeCount,
      encodeCountRequest,
      decodeCountResponse,
      decodeEmbed,
      encodeEmbed,
      encodeEmbedRequest,
      decodeEmbedResponse,
      encodeModels,
      encodeModel,
      decodeModels,
      normalise,
    },
  },
});
