import { defineDialect } from '@dragoman/plugin-sdk';
import { encodeError } from '../encode-error.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { encodeStream } from './encode-stream.ts';

/** OpenAI's older Completions, towards clients only: no provider speaks it here. */
export const completions = defineDialect({ decodeRequest, encodeResponse, encodeStream, encodeError });
