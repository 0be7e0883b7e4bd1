import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UpstreamError } from '../canonical.ts';
import type { Json } from '../json.ts';
import type { Operation, TranslateContext } from '../translate.ts';
import type { Frame, WireRequest } from '../wire.ts';
import type { Recording } from './recording.ts';

/**
 * A file `fixtures/<name>.json` of a plugin: one exchange, written by hand after the service's reference, small, one
 * idea each. `kind` says what must be there: `request` a request; `exchange` a response and perhaps its request;
 * `stream` frames, perhaps with the request, and with the same reply as a whole in `response`; `error` a response whose
 * status is 400 or more, with what it must be read as in `error`.
 */
export interface Fixture {
  kind: 'request' | 'exchange' | 'stream' | 'error';
  /** Id of the dialect. */
  dialect: string;
  /** What the fixture shows, and the page of the reference it follows. */
  note: string;
  /** Default: `chat`. */
  operation?: Operation;
  /** Only `body` is needed. */
  request?: Partial<WireRequest> & { body: Json };
  /** `status` is 200 unless given. */
  response?: { status?: number; headers?: Record<string, string>; body: Json };
  /** The frames of a stream that ended by itself, terminator included. */
  stream?: Frame[];
  error?: Partial<UpstreamError>;
  context?: Partial<TranslateContext>;
}

const needed = { request: 'request', exchange: 'response', stream: 'stream', error: 'response' } as const;

/** The recordings of one dialect in a plugin's `fixtures/` folder, by name. Throws when a file is not a fixture. */
export function loadFixtures(directory: string | URL, dialect: string): Recording[] {
  const folder = typeof directory === 'string' ? directory : fileURLToPath(directory);
  const recordings: Recording[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.json')) continue;
    const fixture = readFixture(path.join(folder, file));
    if (fixture.dialect === dialect) recordings.push(toRecording(file.replace('.json', ''), fixture));
  }
  return recordings;
}

function readFixture(file: string): Fixture {
  const fixture = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
  const field = needed[fixture.kind];
  if (field === undefined) throw new Error(`${file}: kind must be one of ${Object.keys(needed).join(', ')}`);
  if (fixture[field] === undefined)
    throw new Error(`${file}: a fixture of kind '${fixture.kind}' needs '${field}'`);
  if (typeof fixture.dialect !== 'string')
    throw new Error(`${file}: 'dialect' must say whose fixture this is`);
  return fixture;
}

/** A fixture as the laws take it. */
export function toRecording(name: string, fixture: Fixture): Recording {
  const recording: Recording = { name };
  const { request, response, stream, error, context, operation } = fixture;
  if (operation !== undefined) recording.operation = operation;
  if (request !== undefined) recording.request = { path: {}, query: {}, headers: {}, ...request };
  if (response !== undefined) recording.response = { status: 200, ...response };
  if (stream !== undefined) recording.frames = stream;
  if (error !== undefined) recording.error = error;
  if (context !== undefined) recording.context = context;
  return recording;
}
