import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** As much of an npm registry as `npm pack` asks: one package in one version. Returns its URL and what was asked. */
export async function startRegistry(
  t: Test,
  name: string,
  archive: Buffer,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/archive.tgz') return response.end(archive);
    if (request.url !== `/${name}`) return response.writeHead(404).end('{}');
    const dist = {
      tarball: `${url}/archive.tgz`,
      integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
      shasum: createHash('sha1').update(archive).digest('hex'),
    };
    const versions = { '1.0.0': { name, version: '1.0.0', dist } };
    const time = { created: '2020-01-01T00:00:00Z', '1.0.0': '2020-01-01T00:00:00Z' };
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.0.0' }, versions, time }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked };
}
