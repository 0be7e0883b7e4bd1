import { type CanonicalRequest, type JsonObject, warn } from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import type { RequestWriter } from './writer.ts';

/**
 * Words of the assistant's at the end of a conversation are the beginning of its answer to clients of other dialects, and to
 * Mistral's that say so (`prefix`). Some services go on with them, as they are or when told to; the official one answers anew.
 */
export function finishPrefill(
  { messages }: CanonicalRequest,
  wire: readonly JsonObject[],
  writer: RequestWriter,
): void {
  const last = wire.at(-1);
  if (last?.role !== 'assistant' || last.tool_calls !== undefined || last.function_call !== undefined) return;
  if (!last.content) return;
  if (writer.isOwn && ownFields(messages.at(-1)?.extensions)?.$prefix !== true) return;
  switch (writer.options.prefill) {
    case 'as-is':
      return;
    case 'partial':
      last.partial = true;
      return;
    default:
      warnPrefill(messages, writer);
  }
}

export function warnPrefill(messages: CanonicalRequest['messages'], writer: RequestWriter): void {
  const text = 'the service goes on with no words of the assistant: it answers with a turn of its own';
  warn(writer, 'approximated', `/messages/${messages.length - 1}`, text);
}
