import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import t from 'tap';
import plugin from '../../../plugins/anthropic/src/index.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'plugins', 'anthropic', 'plugin.json'), 'utf8'));

t.test('the manifest follows its schema', (t) => {
  const schema = JSON.parse(readFileSync(join(root, 'schemas', 'plugin.schema.json'), 'utf8'));
  const ajv = new Ajv2020({ discriminator: true, useDefaults: true, allErrors: true, strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  validate(structuredClone(manifest));
  t.strictSame(validate.errors, null);
  t.end();
});

t.test('the module has what the manifest promises', (t) => {
  const functions = plugin.dialects['anthropic-messages'];
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
    'encodeModels',
    'encodeModel',
    'decodeModels',
  ] as const) {
    t.type(functions[name], 'function', name);
  }
  t.strictSame(
    manifest.dialects.map((dialect: { id: string }) => dialect.id),
    Object.keys(plugin.dialects),
  );
  t.end();
});

t.test('the manifest keeps credentials out of the plugin’s own settings', (t) => {
  t.strictSame(Object.keys(manifest.config.properties), ['version']);
  t.match(manifest.providers[0].auth, [
    { type: 'api-key', place: { name: 'x-api-key' }, env: ['ANTHROPIC_API_KEY'] },
  ]);
  t.end();
});

t.test('model lists are ours only for clients that speak this dialect', (t) => {
  const lists = manifest.dialects[0].routes.filter((route: { path: string }) =>
    route.path.startsWith('/v1/models'),
  );
  t.equal(lists.length, 2);
  for (const route of lists) t.strictSame(route.when, { header: 'anthropic-version' });
  t.end();
});

t.test('what is not known of a model is said, not made up', (t) => {
  const provider = manifest.providers[0];
  provider.models.list.forEach((model: { contextTokens?: number; price?: object }, index: number) => {
    if (model.contextTokens === undefined || model.price === undefined) {
      t.type(provider.notes[`/models/list/${index}`], 'string');
    }
  });
  t.end();
});
