import t from 'tap';
import { cleanModels } from '../../../core/discovery/clean-models.ts';
import type { LoadedProvider, Snapshot } from '../../../core/plugins/snapshot.ts';
import { modelIndex } from '../../../core/router/models.ts';

const plain = { input: ['text'], output: ['text'], features: [] };

t.test('ids that nobody should see or send are left out', (t) => {
  const secret = 'sk-very-secret-0123';
  const ids = [
    'good',
    'org/good:latest',
    '',
    ' padded',
    'two\nlines',
    'turned\u202eround',
    'x'.repeat(201),
    `has-${secret}-in-it`,
    7,
    null,
  ];
  const list: unknown[] = ids.map((id) => ({ id, ...plain }));
  list.push('junk', null, ['good'], {});
  t.strictSame(
    cleanModels(list, [secret, 'short']).map(({ id }) => id),
    ['good', 'org/good:latest'],
  );
  t.same(cleanModels([{ id: 'a-short-name' }], ['short']).length, 1, 'short keys stand in names by chance');
  for (const notList of [null, 'text', { data: [] }, 7]) t.same(cleanModels(notList), []);
  t.end();
});

t.test('only facts of the right kind are kept', (t) => {
  const wrong = {
    id: 'm',
    name: 'a\u0000b',
    contextTokens: -1,
    maxOutputTokens: '5',
    createdAt: 1e15,
    input: ['text', 'smell'],
    output: 'text',
    features: ['tools', 'tools', 7],
    ownedBy: 'them',
    price: {},
  };
  t.strictSame(cleanModels([wrong]), [{ id: 'm', input: ['text'], output: ['text'], features: ['tools'] }]);
  const right = { name: 'M', contextTokens: 1000, maxOutputTokens: 10, createdAt: 1_700_000_000 };
  t.strictSame(cleanModels([{ id: 'm', ...plain, ...right }]), [{ id: 'm', ...plain, ...right }]);
  t.end();
});

t.test('the index of all models is made anew only when a list has changed', (t) => {
  const provider = {
    name: 'acme',
    models: new Map(),
    aliases: new Map(),
    discovery: {},
  } as unknown as LoadedProvider;
  let revision = 1;
  let asked = 0;
  const snapshot = {
    providers: new Map([['acme', provider]]),
    settings: { routes: [] },
    found: {
      get revision() {
        return revision;
      },
      of: () => {
        asked++;
        return new Map([[`m${revision}`, { id: `m${revision}`, ...plain }]]);
      },
    },
  } as unknown as Snapshot;
  const first = modelIndex(snapshot);
  t.equal(modelIndex(snapshot), first);
  t.equal(asked, 1);
  revision = 2;
  t.not(modelIndex(snapshot), first);
  t.same([...modelIndex(snapshot).bare.keys()], ['m2']);
  t.equal(asked, 2);
  t.end();
});
