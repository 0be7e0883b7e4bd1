import type {
  CanonicalEvent,
  CanonicalRequest,
  Message,
  TranslateContext,
  Translated,
} from '@dragoman/plugin-sdk';
import offline from '../../../plugins/offline/src/index.ts';

/** What the gateway would hand over with a request for `model`. */
export function offlineContext(model: string, requestId = 'request-1'): TranslateContext {
  return {
    requestId,
    now: 1_700_000_000_000,
    operation: 'chat',
    model: { id: model, input: ['text'], output: ['text'], features: [] },
    config: { eventsPerSecond: 0 },
    provider: { id: 'offline', family: 'offline', dialect: '', options: {} },
    client: { dialect: 'openai-chat' },
  };
}

export function ask(text: string, more: Partial<CanonicalRequest> = {}): CanonicalRequest {
  return { model: 'chat', stream: true, messages: [user(text)], ...more };
}

export function user(text: string): Message {
  return { role: 'user', parts: [{ type: 'text', text }] };
}

export function respond(
  request: CanonicalRequest,
  model = 'chat',
  requestId?: string,
): Translated<CanonicalEvent[]> {
  return offline.locals.offline.respond(request, offlineContext(model, requestId));
}
