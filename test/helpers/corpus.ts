import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';

/** One exchange with a real service. Read where it lies, never copied into the repository. */
export interface Recording {
  /** File name without `.json`. */
  name: string;
  dialect: string;
  provider: string;
  model: string;
  stream: boolean;
  features: string[];
  /** Large base64 was cut out: bodies are not what was sent. */
  elided_binary: boolean;
  /** Only the data lines of the stream were recorded. */
  framing_reconstructed?: boolean;
  request: {
    method: string;
    path: string;
    query: Record<string, string>;
    headers: Record<string, string>;
    body: JsonObject;
  } | null;
  response: {
    status: number;
    headers: Record<string, string>;
    encoding: 'json' | 'sse' | 'event-json-lines' | 'eventstream-base64';
    body: Json;
  };
}

export interface RecordingFilter {
  provider?: string;
  stream?: boolean;
  /** All of them. */
  features?: string[];
  status?: number;
  /** True: only with a recorded request. */
  request?: boolean;
  /** True: without those whose binary content was cut out. */
  whole?: boolean;
}

/** Where the corpus is, or would be. */
export const corpus = process.env.DRAGOMAN_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus');

export const hasCorpus = existsSync(join(corpus, 'recorded'));

/** For `t.test(name, { skip: skipWithoutCorpus }, ...)`: false, or why the test does not run. */
export const skipWithoutCorpus: string | false = hasCorpus
  ? false
  : 'no recorded traffic here (DRAGOMAN_CORPUS names its folder)';

/** Every recording of a dialect (a folder of the corpus: `openai-chat`, `anthropic`) that fits; in order of name. */
export function recordings(dialect: string, filter: RecordingFilter = {}): Recording[] {
  const found: Recording[] = [];
  const root = join(corpus, 'recorded', dialect);
  if (!existsSync(root)) return found;
  for (const provider of readdirSync(root).sort()) {
    if (filter.provider !== undefined && filter.provider !== provider) continue;
    for (const file of readdirSync(join(root, provider)).sort()) {
      if (!file.endsWith('.json')) continue;
      const recording = load(join(root, provider, file), file.slice(0, -'.json'.length));
      if (fits(recording, filter)) found.push(recording);
    }
  }
  return found;
}

/** The first that fits; throws when none does, which is a mistake in the test. */
export function recording(dialect: string, filter: RecordingFilter = {}): Recording {
  const [first] = recordings(dialect, filter);
  if (first === undefined) throw new Error(`no recording of ${dialect} fits ${JSON.stringify(filter)}`);
  return first;
}

/** The bytes of the recorded answer as they go over the wire. */
export function answerBytes({ response }: Recording): Buffer {
  const { encoding, body } = response;
  if (encoding === 'json') return Buffer.from(JSON.stringify(body));
  if (typeof body !== 'string') throw new Error(`a recorded ${encoding} body is not text`);
  return Buffer.from(body, encoding === 'eventstream-base64' ? 'base64' : 'utf8');
}

function load(file: string, name: string): Recording {
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as Omit<Recording, 'name'>), name };
}

function fits(one: Recording, filter: RecordingFilter): boolean {
  return (
    (filter.stream === undefined || filter.stream === (one.response.encoding !== 'json')) &&
    (filter.features ?? []).every((feature) => one.features.includes(feature)) &&
    (filter.status === undefined || filter.status === one.response.status) &&
    (filter.request !== true || one.request !== null) &&
    (filter.whole !== true || !one.elided_binary)
  );
}
