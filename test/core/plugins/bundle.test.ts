import t from 'tap';
import { bundleModule, stopBundler } from '../../../core/plugins/bundle.ts';

t.test(
  'a bundle that is being made is finished, whoever stops the bundler meanwhile',
  { timeout: 10_000 },
  async (t) => {
    const folder = t.testdir({ 'index.js': 'export default {};' });
    await bundleModule('first', folder, 'index.js');
    const second = bundleModule('second', folder, 'index.js');
    await Promise.all([stopBundler(), stopBundler()]);
    t.ok((await second).byteLength > 0);
    await stopBundler();
    t.ok((await bundleModule('third', folder, 'index.js')).byteLength > 0, 'and it starts again');
    await stopBundler();
  },
);
