import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import OpenAI from 'openai';
import type { Test } from 'tap';
import { createGateway, type Gateway } from '../../core/gateway.ts';
import type { Log } from '../../core/observe/log.ts';
import { keepCopies, lendCopies } from './bundled-copies.ts';
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from './fake-upstream.ts';
import { twinManifests } from './twins.ts';

export interface LoggedLine {
  level: string;
  message: string;
  fields: Record<string, unknown>;
}

/** A gateway in this process, with what a test needs to talk to it. */
export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  /** The only client key it accepts. */
  readonly key: string;
  readonly lines: LoggedLine[];
  /** Its working directory, with gateway.yaml and the state directory. */
  readonly cwd: string;
  /** The official clients, pointed at it as their documentation says; they do not retry. */
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
  /** A request written by hand. An object is sent as its JSON; the key as a Bearer token unless a header brings one. */
  post(path: string, body: Json | Buffer, headers?: Record<string, string>): Promise<Response>;
}

const key = 'a-client-key-for-tests-0123456789';

/**
 * Starts a gateway over `settings` (what would stand in gateway.yaml) on a port of its own, and stops it with the test.
 * With an upstream, four providers point at it: `anthropic` and `openai` as they ship, and `anthropic-twin` and
 * `openai-twin`, which are the same but for a quirk that keeps them from pass-through: every body is translated.
 */
export async function startTestGateway(
  t: Test,
  upstream: FakeUpstream | null = null,
  settings: JsonObject = {},
  cwd = t.testdir(),
): Promise<TestGateway> {
  if (upstream !== null) writeTwins(join(cwd, 'plugins'));
  const providers = {
    ...(upstream === null ? {} : providersAt(upstream)),
    ...(settings.providers as JsonObject | undefined),
  };
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify({ ...settings, providers }));
  const lines: LoggedLine[] = [];
  const log = collect(lines);
  const gateway = await createGateway({ cwd, port: 0, env: { DRAGOMAN_KEY: key }, log, watch: false });
  const state = join(cwd, '.dragoman');
  lendCopies(state);
  const { url } = await gateway.start();
  t.teardown(async () => {
    await gateway.stop({ now: true });
    keepCopies(state);
  });
  return {
    gateway,
    url,
    key,
    lines,
    cwd,
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 }),
    post(path, body, headers = {}) {
      const hasKey = 'authorization' in headers || 'x-api-key' in headers;
      return fetch(url + path, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(hasKey ? {} : { authorization: `Bearer ${key}` }),
          ...headers,
        },
        body: body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body),
      });
    },
  };
}

/** A gateway before a fake upstream of its own; both end with the test. */
export async function startPair(
  t: Test,
  settings: JsonObject = {},
  options: FakeUpstreamOptions = {},
): Promise<TestGateway & { upstream: FakeUpstream }> {
  const upstream = await startFakeUpstream(options);
  t.teardown(() => upstream.close());
  return { ...(await startTestGateway(t, upstream, settings)), upstream };
}

/** Settings of the providers that a fake upstream stands in for. */
export function providersAt({ origin, key: upstreamKey }: FakeUpstream): Record<string, JsonObject> {
  const common = {
    allowPrivate: true,
    retries: 0,
    credentials: [{ name: 'test', key: upstreamKey }],
  };
  return {
    anthropic: { ...common, baseUrl: origin },
    'anthropic-twin': { ...common, baseUrl: origin },
    openai: { ...common, baseUrl: `${origin}/v1` },
    'openai-twin': { ...common, baseUrl: `${origin}/v1` },
  };
}

function writeTwins(directory: string): void {
  for (const manifest of twinManifests()) {
    const folder = join(directory, String(manifest.id));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'plugin.json'), JSON.stringify(manifest));
  }
}

function collect(lines: LoggedLine[]): Log {
  const add = (level: string, message: string, fields: object = {}): void => {
    lines.push({ level, message, fields: fields as Record<string, unknown> });
  };
  return {
    debugEnabled: true,
    error: (message, fields) => add('error', message, fields),
    warn: (message, fields) => add('warn', message, fields),
    info: (message, fields) => add('info', message, fields),
    debug: (message, fields) => add('debug', message, fields),
    log: (level, message, fields) => add(level, message, fields),
    flush() {},
    async close() {},
  };
}
