import type { Test } from 'tap';
import type { UpstreamRequest } from '../../../core/auth/driver.ts';
import { createPools, type Pools } from '../../../core/upstream/pools.ts';
import type { SendSettings } from '../../../core/upstream/send.ts';
import { type FakeUpstream, startFakeUpstream } from '../../helpers/fake-upstream.ts';

export interface Sender {
  upstream: FakeUpstream;
  pools: Pools;
  settings: SendSettings;
  request: UpstreamRequest;
}

/** A fake service that takes anything, and what is needed to send to it. Closed at the end of the test. */
export async function startSender(
  t: Test,
  timeouts: Partial<SendSettings['timeouts']> = {},
): Promise<Sender> {
  const upstream = await startFakeUpstream({ strict: false });
  const pools = createPools({ proxy: {} });
  t.teardown(async () => {
    await pools.close();
    await upstream.close();
  });
  return {
    upstream,
    pools,
    settings: {
      pools,
      provider: 'acme',
      allowPrivate: true,
      timeouts: { connectMs: 2000, firstByteMs: 10_000, idleMs: 10_000, ...timeouts },
    },
    request: requestTo(upstream.origin),
  };
}

export function requestTo(origin: string): UpstreamRequest {
  const headers = { authorization: 'Bearer sk-hidden-key', 'content-type': 'application/json' };
  return { method: 'POST', origin, path: '/v1/anything', headers, body: '{"model":"m"}' };
}
