import type { ModelInfo, WireResponse } from '@dragoman/plugin-sdk';
import { type Credential, secretsOf } from '../auth/credential.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { endpointFor } from '../router/endpoints.ts';
import { parseResponse } from '../translate/inline-runner.ts';
import type { Pools } from '../upstream/pools.ts';
import { sendWhole, type WholeReply } from '../upstream/send-whole.ts';
import { cleanModels } from './clean-models.ts';
import { nextPage, readPage } from './read-page.ts';

export interface Asking {
  provider: LoadedProvider;
  credential: Credential;
  snapshot: Snapshot;
  pools: Pools;
  /** Ends it. */
  signal: AbortSignal;
}

const mostPages = 20;
const mostModels = 5000;
const mostBytes = 8 * 1024 * 1024;
/** Nobody waits for the answer; a service that is this slow is asked again later. */
const mostWaitMs = 30_000;
const mostMs = 60_000;

/**
 * Asks a service for its models, page by page, as any request goes to it: same address checks, credential, proxy. At most
 * 5,000 models, 20 pages of 8 MiB, one minute. Fails with GatewayError.
 */
export async function askModels(asking: Asking): Promise<ModelInfo[]> {
  const outOfTime = AbortSignal.timeout(mostMs);
  const signal = AbortSignal.any([asking.signal, outOfTime]);
  try {
    return await readPages({ ...asking, signal });
  } catch (error) {
    if (!outOfTime.aborted) throw error;
    const provider = asking.provider.name;
    throw new GatewayError('GW_UPSTREAM_TIMEOUT', { provider, limit: mostMs, phase: 'list of models' });
  }
}

async function readPages(asking: Asking): Promise<ModelInfo[]> {
  const { provider, credential, snapshot } = asking;
  const { discovery } = provider;
  if (discovery === null) return [];
  const secrets = secretsOf(credential).map((secret) => secret.reveal());
  const found = new Map<string, ModelInfo>();
  const marks = new Set<string>();
  let query: Record<string, string> | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { status, body } = await askPage(asking, discovery.endpoint, query);
    const wire = parseResponse({ status, headers: {}, body }) as unknown as WireResponse;
    for (const model of cleanModels(await readPage(wire, provider, discovery, snapshot), secrets)) {
      if (found.size < mostModels) found.set(model.id, model);
    }
    const next = nextPage(wire.body, discovery);
    // A service that gives the same mark again would give the same page for ever.
    if (next === undefined || marks.has(next.mark) || found.size >= mostModels) break;
    marks.add(next.mark);
    query = next.query;
  }
  return [...found.values()];
}

async function askPage(
  { provider, credential, pools, signal }: Asking,
  name: string,
  query: Record<string, string> | undefined,
): Promise<WholeReply> {
  const endpoint = endpointFor(provider, credential, 'list-models', name);
  const built = endpoint.build({ model: '', stream: false, body: null, query });
  const request = endpoint.sign === undefined ? built : await endpoint.sign(built, new Date());
  const { connectMs, firstByteMs = mostWaitMs, idleMs } = provider.timeouts;
  const reply = await sendWhole(request, {
    pools,
    provider: provider.name,
    allowPrivate: provider.allowPrivate,
    timeouts: {
      connectMs,
      firstByteMs: Math.min(firstByteMs, mostWaitMs),
      idleMs: Math.min(idleMs, mostWaitMs),
    },
    maxBodyBytes: mostBytes,
    signal,
  });
  if (reply.status >= 200 && reply.status <= 299) return reply;
  // What it says besides may repeat the key.
  const reason = `${provider.name} answered with status ${reply.status}`;
  throw new GatewayError('GW_UPSTREAM_STATUS', { reason });
}
