import { definePlugin } from '@dragoman/plugin-sdk';
import { completions } from './completions/completions.ts';
import { decodeError } from './decode-error.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { decodeEmbed, decodeEmbedResponse, encodeEmbed, encodeEmbedRequest } from './embed.ts';
import { encodeError } from './encode-error.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeModels, encodeModel, encodeModels } from './models.ts';
import { normalise } from './normalise.ts';
import { decodeCountResponse, encodeCountRequest } from './responses/count.ts';
import { responses } from './responses/responses.ts';

/** OpenAI's Chat Completions, as OpenAI and the many compatible services speak it, and its Responses. */
export default definePlugin({
  dialects: {
    'openai-chat': {
      decodeRequest,
      encodeRequest,
      decodeResponse,
      encodeResponse,
      decodeStream,
      encodeStream,
      decodeError,
      encodeError,
      decodeModels,
      encodeModels,
      encodeModel,
      decodeEmbed,
      encodeEmbedRequest,
      decodeEmbedResponse,
      encodeEmbed,
      encodeCountRequest,
      decodeCountResponse,
      normalise,
    },
    'openai-responses': responses,
    'openai-completions': completions,
  },
});
