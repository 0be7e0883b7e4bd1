import type { Json } from '../../json.ts';
import type { StreamTranslator, TranslateContext } from '../../translate.ts';
import type { Recording } from '../recording.ts';
import { copyJson, runStream } from '../run.ts';
import type { Finding, Subject } from './law.ts';
import { decodeWhole, expectSame, replyContexts } from './parts.ts';

/** Law 4: a state is JSON, and a translator that gets it back from JSON goes on as if nothing had happened. */
export function stateIsJson(subject: Subject, recording: Recording): Finding[] {
  const events = decodeWhole(subject, recording);
  const { decodeStream, encodeStream } = subject.dialect;
  if (events === undefined || decodeStream === undefined) return [];
  const { decode, encode } = replyContexts(subject, recording);
  const findings = compareStates('decodeStream', decodeStream, recording.frames ?? [], decode);
  if (encodeStream === undefined) return findings;
  return findings.concat(compareStates('encodeStream', encodeStream, events, encode));
}

function compareStates<In, Out>(
  name: string,
  translator: StreamTranslator<In, Out>,
  items: In[],
  context: TranslateContext,
): Finding[] {
  const batches = items.map((item) => [item]);
  const kept = runStream(translator, batches, context, { json: false }).items;
  const through = runStream(translator, batches, context, { json: true }).items;
  return [
    expectSame(`${name} gives the same when its state goes through JSON`, kept, through),
    findUnjson(name, translator, items, context),
  ];
}

/** Looks at each state before JSON gets hold of it: a Map or a NaN may go unnoticed in what comes out. */
function findUnjson<In, Out>(
  name: string,
  translator: StreamTranslator<In, Out>,
  items: In[],
  context: TranslateContext,
): Finding {
  const message = `every state of ${name} is JSON`;
  let state: Json = null;
  for (const item of items) {
    state = translator({ state, items: [item] }, context).output.state;
    if (state === undefined) return { ok: false, message, diff: 'a call returned no state' };
    const fault = unjson(state, '');
    if (fault !== undefined) return { ok: false, message, diff: fault };
    const finding = expectSame(message, state, copyJson(state));
    if (!finding.ok) return finding;
  }
  return { ok: true, message };
}

function unjson(value: unknown, path: string): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path || '/'} is ${value}`;
  if (typeof value !== 'object') return `${path || '/'} is a ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return `${path || '/'} is a ${value.constructor.name}`;
  }
  for (const [key, each] of Object.entries(value)) {
    // A field set to undefined vanishes, which is what its reader sees either way.
    if (each === undefined && !Array.isArray(value)) continue;
    const fault = unjson(each, `${path}/${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
