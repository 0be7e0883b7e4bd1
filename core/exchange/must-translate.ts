import type { Framing, Operation } from '@dragoman/plugin-sdk';
import type { LoadedDialect, LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { upstreamFraming } from './upstream-framing.ts';

/** A request that could pass through as far as its two dialects go. */
export interface PassableRequest {
  dialect: LoadedDialect;
  operation: Operation;
  isStream: boolean;
  /** How the client wants its stream. */
  framing: Framing;
  body: Buffer;
}

/** Whether something in a request, or in the settings, asks for a translation between equal dialects all the same. */
export function mustTranslate(
  request: PassableRequest,
  provider: LoadedProvider,
  snapshot: Snapshot,
): boolean {
  const { dialect, isStream, framing } = request;
  // With `askUsage` a stream that counts only on request is translated: encoding asks, and hides the extra answer.
  const { askUsage } = snapshot.settings.translation;
  if (askUsage && isStream && dialect.declaration.usageOnRequest === true) return true;
  if (isStream && framing !== upstreamFraming(provider, snapshot)) return true;
  return isForeign(request, provider);
}

/** What another service signed, say, is refused by this one: only a translation knows to leave it out. */
function isForeign({ operation, dialect, body }: PassableRequest, { declaration }: LoadedProvider): boolean {
  if (operation !== 'chat' && operation !== 'count-tokens') return false;
  return hasOne(body, dialect.declaration.foreignMarks) || hasOne(body, declaration.foreignMarks);
}

function hasOne(body: Buffer, marks: readonly string[] = []): boolean {
  for (const mark of marks) if (body.includes(mark)) return true;
  return false;
}
