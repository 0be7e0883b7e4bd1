import type { JsonObject } from '@dragoman/plugin-sdk';
import type { Recording } from '@dragoman/plugin-sdk/testing';
import { exchanges } from '../../helpers/exchanges.ts';

/** Recorded chats. Some services send usage unasked; it reaches a client only if it asked, so here every client does. */
export function recordedChats(): Recording[] {
  return exchanges('openai-chat', 'mistral').map((recording) => {
    const body = recording.request?.body as JsonObject | undefined;
    if (recording.request === undefined || body?.stream !== true) return recording;
    const stream_options = { ...(body.stream_options as JsonObject), include_usage: true };
    return { ...recording, request: { ...recording.request, body: { ...body, stream_options } } };
  });
}
