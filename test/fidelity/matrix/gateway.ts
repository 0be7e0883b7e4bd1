import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '@dragoman/plugin-sdk';
import { createGateway } from '../../../core/gateway.ts';
import { type BundledDialect, clients, providers, readManifest } from '../dialects.ts';
import { ask, type Route } from './legs.ts';

const key = 'a-client-key-for-tests-0123456789';

/** What a real gateway did on each route. */
export interface GatewayProbe {
  /** The client left, and the provider's connection ended with it. */
  isTold(route: Route): boolean;
  /** The provider refused with 429 and these words; what did the client get? */
  refusal(route: Route): string;
}
export const refusedWords = 'probe refusal';

/** Asks every provider through a real gateway on behalf of every client: once to leave, once to be refused. */
export async function probeGateway(): Promise<GatewayProbe> {
  const cwd = mkdtempSync(join(tmpdir(), 'dragoman-probe-'));
  let arrived: (response: ServerResponse) => void = () => {};
  const upstream = createServer((_, response) => arrived(response));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const settings = {
    providers: Object.fromEntries(providers.map((one) => [one.provider, providerAt(one, origin)])),
  };
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(settings));
  const quiet = {
    debugEnabled: false,
    error() {},
    warn() {},
    info() {},
    debug() {},
    log() {},
    flush() {},
    async close() {},
  };
  const gateway = await createGateway({ cwd, port: 0, env: { DRAGOMAN_KEY: key }, log: quiet, watch: false });
  const { url } = await gateway.start();
  const told = new Set<string>();
  const refused = new Map<string, string>();
  try {
    for (const client of clients) {
      for (const provider of providers) {
        for (const stream of [false, true]) {
          const route = { client, provider, stream };
          const waiting = new Promise<ServerResponse>((resolve) => {
            arrived = resolve;
          });
          if (await isTold(route, url, waiting)) told.add(nameOf(route));
          arrived = refuse;
          refused.set(nameOf(route), await post(route, url));
        }
      }
    }
  } finally {
    await gateway.stop({ now: true });
    upstream.closeAllConnections();
    upstream.close();
    rmSync(cwd, { recursive: true, force: true });
  }
  return {
    isTold: (route) => told.has(nameOf(route)),
    refusal: (route) => refused.get(nameOf(route)) ?? '',
  };
}

function nameOf({ client, provider, stream }: Route): string {
  return `${client.id} ${provider.id} ${stream}`;
}

function providerAt({ plugin, provider }: BundledDialect, origin: string): JsonObject {
  const declared = readManifest(plugin).providers?.find(({ id }) => id === provider);
  const hasKey = declared?.auth?.some(({ type }) => type === 'api-key') === true;
  const settings: JsonObject = { baseUrl: origin, allowPrivate: true, retries: 0 };
  if (hasKey) settings.credentials = [{ name: 'test', key: 'an-upstream-key-0123456789' }];
  return settings;
}

function refuse(response: ServerResponse): void {
  response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' });
  response.end(JSON.stringify({ error: { message: refusedWords, code: 429 }, message: refusedWords }));
}

/** Status, time to wait and body of the reply. */
async function post(route: Route, url: string, signal?: AbortSignal): Promise<string> {
  const { path, body } = address(route);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const init = {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  };
  const reply = await fetch(url + path, init);
  return `${reply.status} ${reply.headers.get('retry-after')} ${await reply.text()}`;
}

/** True when the provider's connection ends because the client's did. */
async function isTold(route: Route, url: string, waiting: Promise<ServerResponse>): Promise<boolean> {
  const leaving = new AbortController();
  const answered = post(route, url, leaving.signal).catch(() => undefined);
  const response = await Promise.race([waiting, answered]);
  if (typeof response !== 'object') throw new Error(`${nameOf(route)} was answered: ${response}`);
  const closed = new Promise<boolean>((resolve) => {
    response.on('close', () => resolve(!response.writableEnded));
    setTimeout(() => resolve(false), 5000).unref();
  });
  leaving.abort();
  await answered;
  return closed;
}

/** Where a client asks for a model of a provider, and with what. */
function address({ client, provider, stream }: Route): { path: string; body: JsonObject } {
  const model = `${provider.provider}/${provider.model?.id ?? 'probe-model'}`;
  const declared = readManifest(client.plugin).dialects?.find(({ id }) => id === client.id);
  const chats = (declared?.routes ?? []).filter(({ operation }) => operation === 'chat');
  const route =
    chats.find((each) => each.stream === stream) ?? chats.find((each) => typeof each.stream !== 'boolean');
  if (route === undefined) throw new Error(`${client.id} has no route for a chat`);
  const messages = [{ role: 'user' as const, parts: [{ type: 'text' as const, text: 'Hi' }] }];
  const body = ask(client, { model, messages, stream, maxOutputTokens: 64 }).wire.body as JsonObject;
  if (route.model === '/model') body.model = model;
  if (typeof route.stream === 'string') body[route.stream.slice(1)] = stream;
  return { path: route.path.replace(/\{\w+\+?\}/, model), body };
}
