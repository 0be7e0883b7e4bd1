import type { ReplyForm } from '@dragoman/plugin-sdk';

/** What clients of this dialect are shown. Only Google's signatures have a place on a call: `encode-delta` tells. */
export const REPLY_FORM: ReplyForm = {
  parts: {
    text: ['citations', 'logprobs'],
    refusal: [],
    json: [],
    reasoning: ['signature'],
    media: ['detail'],
    'tool-call': ['signature', 'namespace'],
  },
  citation: ['url', 'title', 'start', 'end'],
  usage: [
    'inputTokens',
    'outputTokens',
    'cacheReadTokens',
    'cacheWriteTokens',
    'reasoningTokens',
    'audioInputTokens',
    'audioOutputTokens',
  ],
  finish: ['stop', 'length', 'tool-calls', 'content-filter'],
  candidates: true,
  tiers: ['flex', 'priority', 'fast', 'scale'],
};
