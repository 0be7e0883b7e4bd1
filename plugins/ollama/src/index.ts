import { definePlugin } from '@dragoman/plugin-sdk';
import { decodePrompt, decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { DIALECT, PROMPT_DIALECT } from './dialect.ts';
import {
  decodeEmbed,
  decodeEmbedResponse,
  decodePromptEmbed,
  encodeEmbed,
  encodeEmbedRequest,
  encodePromptEmbed,
} from './embed.ts';
import { encodeRequest } from './encode-request.ts';
import { encodePromptResponse, encodeResponse } from './encode-response.ts';
import { encodePromptStream, encodeStream } from './encode-stream.ts';
import { decodeError, encodeError } from './errors.ts';
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
      decodeEmbed,
      encodeEmbed,
      encodeEmbedRequest,
      decodeEmbedResponse,
      encodeModels,
      encodeModel,
      decodeModels,
      normalise,
    },
    [PROMPT_DIALECT]: {
      decodeRequest: decodePrompt,
      encodeResponse: encodePromptResponse,
      encodeStream: encodePromptStream,
      encodeError,
      decodeEmbed: decodePromptEmbed,
      encodeEmbed: encodePromptEmbed,
      normalise,
    },
  },
});
