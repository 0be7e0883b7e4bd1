import type { ReplyForm } from '@dragoman/plugin-sdk';

/** What clients of this dialect are shown. A signature that has no place in its block follows in one of its own. */
export const REPLY_FORM: ReplyForm = {
  parts: {
    text: ['citations', 'signature'],
    refusal: ['signature'],
    json: ['signature'],
    reasoning: ['signature'],
    'tool-call': ['signature', 'namespace'],
    'tool-result': [],
  },
  citation: ['url', 'title', 'quote'],
  usage: [
    'inputTokens',
    'outputTokens',
    'cacheReadTokens',
    'cacheWriteTokens',
    'cacheWrite5mTokens',
    'cacheWrite1hTokens',
    'reasoningTokens',
  ],
  finish: ['stop', 'length', 'tool-calls', 'refusal', 'context-length', 'pause'],
  stopSequence: true,
  tiers: ['priority', 'batch'],
  endTiers: false,
};
