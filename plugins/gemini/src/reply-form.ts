import type { ReplyForm } from '@dragoman/plugin-sdk';

/** What clients of this dialect are shown. */
export const REPLY_FORM: ReplyForm = {
  parts: {
    text: ['citations', 'signature', 'logprobs'],
    refusal: ['signature'],
    json: ['signature'],
    reasoning: ['signature'],
    media: ['signature'],
    'tool-call': ['signature', 'namespace'],
  },
  citation: ['url', 'title', 'quote', 'start', 'end'],
  usage: [
    'inputTokens',
    'outputTokens',
    'cacheReadTokens',
    'reasoningTokens',
    'audioInputTokens',
    'audioOutputTokens',
    'toolTokens',
  ],
  // That the answer calls tools is seen from its parts.
  finish: ['stop', 'length', 'tool-calls', 'content-filter', 'other'],
  candidates: true,
};
