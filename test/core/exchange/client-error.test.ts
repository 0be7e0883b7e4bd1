import t from 'tap';
import { GatewayError } from '../../../core/errors/gateway-error.ts';
import { clientError } from '../../../core/exchange/client-error.ts';
import type { LoadedDialect, Snapshot } from '../../../core/plugins/snapshot.ts';

/** What `clientError` makes of what a dialect's plugin, whoever wrote it, says of an error. */
function told(output: object) {
  const snapshot = { runner: { call: async () => ({ output }) } } as unknown as Snapshot;
  const dialect = { id: 'toy', declaration: {}, module: {}, config: {} } as unknown as LoadedDialect;
  const upstream = { kind: 'server', message: 'it is full', status: 529 } as const;
  return clientError(new GatewayError('GW_UPSTREAM_STATUS', {}, { upstream }), dialect, snapshot, 'req_1');
}

t.test('a dialect adds headers to an error, and none that are not its own to send', async (t) => {
  const { headers } = await told({
    status: 503,
    body: {},
    headers: {
      'Retry-After': '7',
      'acme-error': 'full',
      'access-control-allow-origin': '*',
      connection: 'upgrade',
      'content-length': '1',
      'content-type': 'text/html',
      location: 'https://evil.test',
      'set-cookie': 'session=1',
      'transfer-encoding': 'chunked',
      'x-dragoman-error': 'GW_NOTHING',
      'x-request-id': 'req_2',
      'bad name': 'a',
      'bad-value': 'a\r\n\r\n<script>',
      'bad-letter': '\u65e5',
    },
  });
  t.same(headers, {
    'retry-after': '7',
    'acme-error': 'full',
    'content-type': 'application/json',
    'x-dragoman-error': 'GW_UPSTREAM_STATUS',
    'x-request-id': 'req_1',
  });
});

t.test('an error never has the status of a success', async (t) => {
  t.equal((await told({ status: 503, body: {} })).status, 503);
  for (const status of [100, 200, 304]) t.equal((await told({ status, body: {} })).status, 502);
});
