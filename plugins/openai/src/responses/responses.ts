import { defineDialect } from '@dragoman/plugin-sdk';
import { decodeCount, decodeCountResponse, encodeCount, encodeCountRequest } from './count.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse } from './decode-response.ts';
import { decodeStream } from './decode-stream.ts';
import { encodeKept } from './encode-kept.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';
import { decodeError, encodeError } from './errors.ts';
import { decodeMessage, encodeMessageError } from './messages.ts';
import { normalise } from './normalise.ts';
import { findReferences } from './references.ts';

/** OpenAI's Responses. */
export const responses = defineDialect({
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
  findReferences,
  encodeKept,
  decodeMessage,
  encodeMessageError,
  normalise,
});
