import t from 'tap';
import {
  pluginsTable,
  readManifests,
  trackedPlugins,
  updatePluginsTable,
  withPluginsTable,
} from '../../scripts/plugins-table.ts';

t.test('the table in plugins/README.md is up to date', async (t) => {
  t.ok(updatePluginsTable({ check: true }), 'else run: node scripts/plugins-table.ts');
});

t.test('plugins/bundled.json names the plugins of this repository and no other', async (t) => {
  t.same([...readManifests().keys()], trackedPlugins().sort(), 'else run: node scripts/plugins-table.ts');
});

t.test('the table tells own dialects, variables and notes', async (t) => {
  const place = { in: 'header', name: 'authorization' } as const;
  const table = pluginsTable([
    {
      id: 'a',
      description: 'An A',
      dialects: [{ id: 'a-chat', name: 'A', roles: ['outbound'], framing: 'sse' }],
    },
    {
      id: 'b',
      description: 'A B',
      providers: [
        {
          id: 'b',
          name: 'B',
          dialect: 'a-chat',
          auth: [{ id: 'key', type: 'api-key', place, env: ['B_KEY'] }],
          models: { list: [{ id: 'b1', input: ['text'], output: ['text'], features: [] }] },
          notes: { '': 'x', '/auth': 'y', '/auth/0/env': 'z', '/auth/0/place': 'z' },
        },
      ],
    },
    { id: 'c', description: 'A C', providers: [{ id: 'c', name: 'C' }] },
  ]);
  t.same(table.split('\n').slice(2), [
    '| `a` | An A | **`a-chat`** |  |  |  |',
    '| `b` | A B | `a-chat` | `B_KEY` | 1 | `provider`, `/auth`, `/auth/0` |',
    '| `c` | A C | none: answers by itself |  |  |  |',
  ]);
  t.throws(() => withPluginsTable('no markers', table), /markers/);
});
