import type { ReplyForm } from '@dragoman/plugin-sdk';

/** What clients of this dialect are shown. */
export const REPLY_FORM: ReplyForm = {
  parts: {
    text: ['logprobs'],
    refusal: ['logprobs'],
    json: [],
    reasoning: ['logprobs'],
    media: [],
    'tool-call': ['namespace'],
  },
  citation: [],
  usage: ['inputTokens', 'outputTokens'],
  // That the answer calls tools is seen from the calls.
  finish: ['stop', 'length', 'tool-calls'],
};
