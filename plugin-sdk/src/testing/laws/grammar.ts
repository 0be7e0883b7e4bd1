import { checkGrammar } from '../../grammar-rules.ts';
import type { Recording } from '../recording.ts';
import type { Finding, Subject } from './law.ts';
import { decodeWhole } from './parts.ts';

/** Law 6: what `decodeStream` gives follows the grammar on `CanonicalEvent`. */
export function grammar(subject: Subject, recording: Recording): Finding[] {
  const events = decodeWhole(subject, recording);
  if (events === undefined) return [];
  const message = 'decoded events follow the grammar';
  const faults = checkGrammar(events);
  if (faults.length === 0) return [{ ok: true, message }];
  return [
    { ok: false, message, diff: faults.map((fault) => `event ${fault.at}: ${fault.message}`).join('\n') },
  ];
}
