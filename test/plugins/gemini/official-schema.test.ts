import type { Dialect, Json, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import gemini from '../../../plugins/gemini/src/index.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { contextFor } from './context.ts';
import { createRequestCheck, loadSchema } from './official-schema.ts';
import { loadRecordings, noCorpus, type Recording } from './recordings.ts';
import { oneByOne, runStream } from './run.ts';

const sources: { folder: string; path: string; dialect: Dialect }[] = [
  { folder: 'openai-chat', path: '/chat/completions', dialect: openai.dialects['openai-chat'] },
  { folder: 'anthropic', path: '/messages', dialect: anthropic.dialects['anthropic-messages'] },
];
const here = gemini.dialects.gemini;

function complaints(found: { name: string; faults: string[] }[]): string[] {
  return found
    .filter(({ faults }) => faults.length > 0)
    .map(({ name, faults }) => `${name}: ${faults.slice(0, 3).join('; ')}`);
}

function copy(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

t.test('the checks can say no', { skip: noCorpus }, (t) => {
  t.not(loadSchema('GeminiContent')({ parts: [{ txt: 'a' }] }).length, 0);
  t.not(loadSchema('GeminiGenerationConfig')({ max_tokens: 1 }).length, 0);
  t.not(loadSchema('GeminiTool')({ functions: [] }).length, 0);
  t.not(createRequestCheck()({ contents: [{ role: 'user', parts: [{ text: '' }] }], model: 'm' }).length, 1);
  t.end();
});

for (const { folder, path, dialect } of sources) {
  const recordings = loadRecordings(folder).filter((recording) => recording.path.endsWith(path));

  t.test(`requests made from ${folder} are valid, for old models and new`, { skip: noCorpus }, (t) => {
    const check = createRequestCheck();
    const requests = recordings.filter(({ request }) => typeof request === 'object' && request !== null);
    t.ok(requests.length > 50);
    for (const model of ['gemini-2.0-flash', 'gemini-2.5-pro', 'gemini-3-flash-preview']) {
      const found = requests.map(({ name, request = null }) => {
        const context = contextFor(model);
        const wire = { path: {}, query: {}, headers: {}, body: request };
        const decoded = dialect.decodeRequest?.(wire, context).output;
        if (decoded === undefined) return { name, faults: ['it cannot be read'] };
        const { body } = here.encodeRequest(decoded, context).output;
        return { name, faults: check(copy(body)) };
      });
      t.strictSame(complaints(found), [], model);
    }
    t.end();
  });

  t.test(`replies and streams made from ${folder} are valid`, { skip: noCorpus }, (t) => {
    const check = loadSchema('GeminiContent');
    const found = recordings
      .filter(({ status, body, frames }) => status === 200 && (body !== undefined || frames !== undefined))
      .map((recording) => ({
        name: recording.name,
        faults: contentsOf(dialect, recording).flatMap((content) => check(content)),
      }));
    t.ok(found.length > 50);
    t.strictSame(complaints(found), []);
    t.end();
  });
}

/** The contents of all candidates, whole or chunk by chunk. */
function contentsOf(dialect: Dialect, { body, frames }: Recording): Json[] {
  const context = contextFor('gemini-3-flash-preview');
  const { decodeResponse, decodeStream } = dialect;
  if (decodeResponse === undefined || decodeStream === undefined) return [];
  const bodies: JsonObject[] = [];
  if (body !== undefined) {
    const response = decodeResponse({ status: 200, headers: {}, body }, context).output;
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
