import type { StreamTranslator, TranslateContext } from '../../translate.ts';
import type { Recording } from '../recording.ts';
import { type RunStreamOptions, runStream, splitItems } from '../run.ts';
import type { Finding, Subject } from './law.ts';
import { decodeWhole, expectSame, replyContexts } from './parts.ts';

/** Law 3: any batching of frames gives the same events, and any batching of events the same frames. */
export function batching(subject: Subject, recording: Recording): Finding[] {
  const events = decodeWhole(subject, recording);
  const { decodeStream, encodeStream } = subject.dialect;
  if (events === undefined || decodeStream === undefined) return [];
  const { decode, encode } = replyContexts(subject, recording);
  const findings = compareBatchings(subject, 'decodeStream', decodeStream, recording.frames ?? [], decode);
  if (encodeStream === undefined) return findings;
  return findings.concat(compareBatchings(subject, 'encodeStream', encodeStream, events, encode));
}

function compareBatchings<In, Out>(
  subject: Subject,
  name: string,
  translator: StreamTranslator<In, Out>,
  items: In[],
  context: TranslateContext,
): Finding[] {
  const expected = runStream(translator, [items], context).items;
  const compare = (how: string, batches: In[][], options: RunStreamOptions): Finding => {
    const { items: actual } = runStream(translator, batches, context, options);
    return expectSame(`${name} gives the same ${how}`, expected, actual);
  };
  const single = items.map((item) => [item]);
  const findings = [
    compare('one item at a time', single, {}),
    compare('when the end comes alone', single, { endAlone: true }),
  ];
  for (let split = 0; split < subject.splits; split++) {
    const batches = splitItems(items, subject.random);
    const sizes = batches.map((batch) => batch.length).join(',');
    const shown = sizes.length > 60 ? `${sizes.slice(0, 57)}...` : sizes;
    findings.push(compare(`in batches of ${shown}`, batches, { endAlone: split % 2 === 0 }));
  }
  return findings;
}
