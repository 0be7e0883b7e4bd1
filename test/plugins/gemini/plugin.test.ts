import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dialect, InboundRoute } from '@dragoman/plugin-sdk';
import t from 'tap';
import plugin from '../../../plugins/gemini/src/index.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'plugins', 'gemini', 'plugin.json'), 'utf8'));
const routes: InboundRoute[] = manifest.dialects[0].routes;

t.test('the module has what the manifest promises', (t) => {
  const functions: Dialect = plugin.dialects.gemini;
  for (const name of [
    'decodeRequest',
    'encodeRequest',
    'decodeResponse',
    'encodeResponse',
    'decodeStream',
    'encodeStream',
    'decodeError',
    'encodeError',
    'decodeCount',
    'encodeCount',
    'encodeCountRequest',
    'decodeCountResponse',
    'decodeEmbed',
    'encodeEmbed',
    'encodeEmbedRequest',
    'decodeEmbedResponse',
    'encodeModels',
    'encodeModel',
    'decodeModels',
  ] as const) {
    t.type(functions[name], 'function', name);
  }
  t.end();
});

t.test('both versions of the API are served alike', (t) => {
  const of = (version: string) =>
    routes
      .filter(({ path }) => path.startsWith(`/${version}/`))
      .map(({ path }) => path.replace(version, 'v'));
  t.strictSame(of('v1'), of('v1beta'));
  t.equal(of('v1').length, 21);
  t.end();
});

t.test('the lists that other dialects serve too are ours only for clients that speak this one', (t) => {
  const lists = routes.filter(({ path, method }) => method === 'GET' && path.startsWith('/v1/'));
  t.equal(lists.length, 7);
  for (const route of lists) t.strictSame(route.when, { header: 'x-goog-api-key' });
  t.end();
});

t.test('a stream is server-sent events when asked for so, and one list otherwise', (t) => {
  const streams = routes.filter(({ stream }) => stream === true);
  t.equal(streams.length, 4);
  for (const { framing, model } of streams) {
    t.strictSame(framing, { query: 'alt', values: { sse: 'sse' }, default: 'json-array' });
    t.equal(model, 'path.streamModel', 'by which decodeRequest knows that it streams');
  }
  t.end();
});

t.test('the endpoints an encoder names are there', (t) => {
  const [{ endpoints }] = manifest.providers;
  t.match(endpoints, { embed: { operation: 'embed' }, batchEmbed: { operation: 'batch-embed' } });
  t.end();
});

t.test('what is not known of a model is said, not made up', (t) => {
  const [{ models, notes }] = manifest.providers;
  models.list.forEach((model: { contextTokens?: number; price?: object }, index: number) => {
    if (model.contextTokens === undefined || model.price === undefined) {
      t.type(notes[`/models/list/${index}`], 'string');
    }
  });
  t.end();
});
