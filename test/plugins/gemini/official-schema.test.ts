import type { Dialect, Json, JsonObject } from '@dragoman/plugin-sdk';
import type { Recording } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import gemini from '../../../plugins/gemini/src/index.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { foreign } from '../conformance.ts';
import { faultsIn } from '../foreign.ts';
import { oneByOne } from '../run.ts';
import { contextFor } from './context.ts';
import { createRequestCheck, loadSchema } from './official-schema.ts';
import { runStream } from './run.ts';

const here = gemini.dialects.gemini;

function copy(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

t.test('the checks can say no', { skip: skipWithoutCorpus }, (t) => {
  t.not(loadSchema('GeminiContent')({ parts: [{ txt: 'a' }] }).length, 0);
  t.not(loadSchema('GeminiGenerationConfig')({ max_tokens: 1 }).length, 0);
  t.not(loadSchema('GeminiTool')({ functions: [] }).length, 0);
  t.not(createRequestCheck()({ contents: [{ role: 'user', parts: [{ text: '' }] }], model: 'm' }).length, 1);
  t.end();
});

for (const { folder, dialect } of foreign) {
  const recordings = exchanges(folder);

  t.test(
    `requests made from ${folder} are valid, for old models and new`,
    { skip: skipWithoutCorpus },
    (t) => {
      const check = createRequestCheck();
      const requests = recordings.filter(({ request }) => request !== undefined);
      t.ok(requests.length > 50);
      for (const model of ['gemini-2.0-flash', 'gemini-2.5-pro', 'gemini-3-flash-preview']) {
        const found = requests.map(({ name, request }) => {
          const context = contextFor(model);
          const decoded = request && dialect.decodeRequest?.(request, context).output;
          if (decoded === undefined) return { name, faults: ['it cannot be read'] };
          const { body } = here.encodeRequest(decoded, context).output;
          return { name, faults: check(copy(body)) };
        });
        t.strictSame(faultsIn(found), [], model);
      }
      t.end();
    },
  );

  t.test(`replies and streams made from ${folder} are valid`, { skip: skipWithoutCorpus }, (t) => {
    const check = loadSchema('GeminiContent');
    const found = recordings
      .filter(({ response, frames }) => frames !== undefined || response?.status === 200)
      .map((recording) => ({
        name: recording.name,
        faults: contentsOf(dialect, recording).flatMap((content) => check(content)),
      }));
    t.ok(found.length > 50);
    t.strictSame(faultsIn(found), []);
    t.end();
  });
}

/** The contents of all candidates, whole or chunk by chunk. */
function contentsOf(dialect: Dialect, { response: whole, frames }: Recording): Json[] {
  const context = contextFor('gemini-3-flash-preview');
  const { decodeResponse, decodeStream } = dialect;
  if (decodeResponse === undefined || decodeStream === undefined) return [];
  const bodies: JsonObject[] = [];
  if (whole !== undefined) {
    const response = decodeResponse({ headers: {}, ...whole }, context).output;
    bodies.push(copy(here.encodeResponse(response, context).output));
  }
  if (frames !== undefined) {
    const events = runStream(decodeStream, oneByOne(frames), context);
    for (const frame of runStream(here.encodeStream, oneByOne(events), context))
      bodies.push(copy(frame.data));
  }
  return bodies.flatMap(({ candidates }) =>
    ((candidates ?? []) as JsonObject[]).map(({ content }) => content ?? null),
  );
}
