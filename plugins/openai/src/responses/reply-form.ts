import type { ReplyForm } from '@dragoman/plugin-sdk';

/** What clients of this dialect are shown. A signature that has no place in its item follows in one of its own. */
export const REPLY_FORM: ReplyForm = {
  parts: {
    text: ['citations', 'signature', 'logprobs'],
    refusal: ['signature'],
    json: ['signature'],
    reasoning: ['signature'],
    media: [],
    'tool-call': ['signature', 'namespace'],
  },
  citation: ['url', 'title', 'start', 'end'],
  usage: ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'reasoningTokens'],
  // A refusal that stands in the answer is no reason of its own.
  finish: ['stop', 'length', 'tool-calls', 'content-filter', 'error'],
  tiers: ['flex', 'priority', 'fast', 'scale'],
};
