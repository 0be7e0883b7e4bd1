import { definePlugin } from '@dragoman/plugin-sdk';
import { adaptRequest } from './adapt-request.ts';
import { adaptResponse } from './adapt-response.ts';
import { adaptStream } from './adapt-stream.ts';

export default definePlugin({ adapters: { mistral: { adaptRequest, adaptResponse, adaptStream } } });
