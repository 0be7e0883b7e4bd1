import type { Framing, Operation } from '@dragoman/plugin-sdk';
import type { LoadedDialect, LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { hasMarks } from './foreign-marks.ts';
import { upstreamFraming } from './upstream-framing.ts';

/** A request that could pass through as far as its two dialects go. */
export interface PassableRequest {
  dialect: LoadedDialect;
  operation: Operation;
  isStream: boolean;
  /** How the client wants its stream. */
  framing: Framing;
  body: Buffer;
  /** Which foreign marks the body has, where that is known; else it is searched. */
  seen?: readonly string[] | null;
  /** Those the dialect's plugin may read. */
  headers: Readonly<Record<string, string>>;
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

/**
 * What another service signed, say, is refused by this one, and some clients speak a dialect in a way of their own: only
 * a translation knows what to leave out and how to answer.
 */
function isForeign(
  { operation, dialect, body, seen, headers }: PassableRequest,
  provider: LoadedProvider,
): boolean {
  if (operation !== 'chat' && operation !== 'count-tokens') return false;
  const agent = headers['user-agent'];
  if (agent !== undefined && dialect.declaration.foreignClients?.some((client) => agent.includes(client)))
    return true;
  return hasMarks(body, seen, dialect, provider);
}
