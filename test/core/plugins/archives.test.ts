import { posix, win32 } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { createNameCheck } from '../../../core/plugins/portable-names.ts';
import { ArchiveFault, readArchive } from '../../../core/plugins/read-archive.ts';
import { hashFiles } from '../../../core/plugins/read-folder.ts';
import { paxPath, type TarEntry, tarOf } from './tar-bytes.ts';

const manifest: TarEntry = { path: 'package/plugin.json', content: '{}' };
const withFile = (path: string, more: Partial<TarEntry> = {}): Buffer => tarOf([manifest, { path, ...more }]);

t.test('an archive of npm, one of a folder and one without a folder are the same plugin', async (t) => {
  const paths = ['plugin.json', 'src/index.js'];
  const archives = {
    npm: tarOf(paths.map((path) => ({ path: `package/${path}`, content: path }))),
    folder: tarOf([
      { path: './', type: '5', mode: 0o2755 },
      { path: './src/', type: '5' },
      ...paths.map((path) => ({ path: `./${path}`, content: path })),
    ]),
    bare: tarOf(paths.map((path) => ({ path, content: path }))),
    left: tarOf([
      ...paths.map((path) => ({ path: `acme/${path}`, content: path })),
      { path: 'acme/.npmignore', content: 'x' },
      { path: 'acme/node_modules/x/index.js', content: 'x' },
    ]),
  };
  const files = new Map(paths.map((path) => [path, Buffer.from(path)]));
  for (const [name, bytes] of Object.entries(archives)) {
    for (const packed of [bytes, gzipSync(bytes)]) {
      const content = await readArchive(packed);
      t.same([...content.files.keys()], paths, name);
      t.equal(content.hash, hashFiles(files).hash, name);
    }
  }
});

const long = 'n'.repeat(129);
const attacks: [name: string, bytes: Buffer, reason: RegExp][] = [
  ['a path upwards', withFile('package/../../escape.txt'), /leads out of the folder/],
  ['a path upwards at its end', withFile('package/..'), /leads out of the folder/],
  ['an absolute path', withFile('/etc/cron.d/x'), /leads out of the folder/],
  ['a drive', withFile('C:/x'), /leads out of the folder/],
  ['a drive of the folder it is in', withFile('package/c:x'), /a character no file name should have/],
  ['backslashes', withFile('package\\..\\..\\x'), /a character no file name should have/],
  ['a stream of a file', withFile('package/plugin.json:hidden'), /a character no file name should have/],
  ['a name with a line break', withFile('package/a\nb'), /a character no file name should have/],
  ['a name with an escape', withFile('package/\x1b[2J'), /"package\/\\u001b\[2J" has a character/],
  ['a name that turns around', withFile('package/a\u202etxt.js'), /a character no file name should have/],
  ['a name nobody sees', withFile('package/a\u200b.js'), /a character no file name should have/],
  ['a name of bytes that are no text', withFile('package/\ufffd'), /a character no file name should have/],
  ['an empty name in a path', withFile('package//x'), /not in its shortest form/],
  ['a dot in a path', withFile('package/./x'), /not in its shortest form/],
  ['a device of Windows', withFile('package/Con.js'), /Windows reads otherwise/],
  ['a dot at the end', withFile('package/plugin.json.'), /Windows reads otherwise/],
  ['a space at the end', withFile('package/src /x'), /Windows reads otherwise/],
  ['a name in two parts of Unicode', withFile('package/e\u0301.js'), /normal form of Unicode/],
  ['a very long name', tarOf([paxPath(`package/${long}`), { path: 'x' }]), /longer than 128 bytes/],
  [
    'a very long path',
    tarOf([paxPath(`package/${'abcdefg/'.repeat(40)}x`), { path: 'x' }]),
    /longer than 240 bytes/,
  ],
  ['many folders deep', withFile(`package/${'d/'.repeat(12)}x`), /deeper than 12/],
  [
    'a path upwards by a PAX header',
    tarOf([manifest, paxPath('package/../../x'), { path: 'y' }]),
    /leads out/,
  ],
  [
    'a path upwards by a long name',
    tarOf([manifest, { path: '././@LongLink', type: 'L', content: '../../x\0' }, { path: 'y' }]),
    /leads out/,
  ],
  ['a symbolic link', withFile('package/x', { type: '2', link: '/etc/passwd' }), /SymbolicLink; only files/],
  [
    'a symbolic link inside',
    withFile('package/x', { type: '2', link: 'plugin.json' }),
    /SymbolicLink; only files/,
  ],
  [
    'a symbolic link left out anyhow',
    withFile('package/.x', { type: '2', link: '..' }),
    /SymbolicLink; only files/,
  ],
  ['a hard link', withFile('package/x', { type: '1', link: 'package/plugin.json' }), /Link; only files/],
  ['a character device', withFile('package/x', { type: '3' }), /CharacterDevice; only files/],
  ['a block device', withFile('package/x', { type: '4' }), /BlockDevice; only files/],
  ['a pipe', withFile('package/x', { type: '6' }), /FIFO; only files/],
  ['a sparse file', withFile('package/x', { type: 'S' }), /no place in a plugin|only files/],
  ['a kind nobody knows', withFile('package/x', { type: 'Z' }), /no place in a plugin|only files/],
  [
    'a set-user-id file',
    withFile('package/x', { mode: 0o4755 }),
    /a mode no file of a plugin needs \(4755\)/,
  ],
  ['a set-group-id file', withFile('package/x', { mode: 0o2755 }), /a mode no file/],
  [
    'a file that is there twice',
    withFile('package/plugin.json', { content: '{"id":"evil"}' }),
    /is there twice/,
  ],
  ['two files in another case', withFile('package/Plugin.json'), /one name on some machines/],
  [
    'two folders in another case',
    tarOf([manifest, { path: 'package/src/a' }, { path: 'package/SRC/b' }]),
    /one name on some/,
  ],
  [
    'two files that Unicode takes for one',
    tarOf([manifest, { path: 'package/\u212b' }, { path: 'package/\u00c5' }]),
    /normal form|one name/,
  ],
  [
    'two files a ligature apart',
    tarOf([manifest, { path: 'package/\ufb01x' }, { path: 'package/fix' }]),
    /one name on some/,
  ],
  [
    'two files a sharp s apart',
    tarOf([manifest, { path: 'package/stra\u00dfe' }, { path: 'package/strasse' }]),
    /one name/,
  ],
  [
    'a file that is also a folder',
    tarOf([manifest, { path: 'package/a' }, { path: 'package/a/b' }]),
    /both a file and a folder/,
  ],
  [
    'a folder that is also a file',
    tarOf([manifest, { path: 'package/a/b' }, { path: 'package/a' }]),
    /both a file and a folder/,
  ],
  [
    'more files than a plugin has',
    tarOf(Array.from({ length: 2001 }, (_, index) => ({ path: `p/${index}` }))),
    /more than 2000 files/,
  ],
  [
    'more folders than anybody needs',
    tarOf(Array.from({ length: 4001 }, (_, index) => ({ path: `p/${index}`, type: '5' }))),
    /more than 4000 entries/,
  ],
  [
    'a file larger than a plugin',
    withFile('package/x', { content: new Uint8Array(8 * 1024 * 1024 + 1) }),
    /larger than 8 MiB/,
  ],
  ['a size that is a lie', tarOf([{ ...manifest, size: 1024 * 1024 }]), /cannot? be read|Truncated/],
  [
    'a huge header',
    tarOf([{ path: 'PaxHeader', type: 'x', content: 'x'.repeat(70_000) }, manifest]),
    /no place in a plugin/,
  ],
  ['a bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024)), /larger than/],
  ['a small bomb', gzipSync(Buffer.alloc(8 * 1024 * 1024)), /100 times larger than it looks/],
  ['packed twice', gzipSync(gzipSync(tarOf([manifest]))), /packed twice/],
  ['packed twice otherwise', gzipSync(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0])), /packed twice/],
  ['a zip file', Buffer.from('PK\x03\x04more'), /zip file; pack it as \.tgz/],
  ['brotli', brotliCompressSync(tarOf([manifest])), /cannot? be read|not an archive/],
  [
    'half an archive',
    gzipSync(tarOf([manifest, { path: 'package/x', content: 'x'.repeat(4000) }])).subarray(0, -40),
    /cannot be unpacked/,
  ],
  [
    'a header with another checksum',
    Buffer.concat([tarOf([manifest]).fill(0x41, 0, 10)]),
    /cannot? be read|checksum/,
  ],
  ['nothing', Buffer.alloc(0), /not an archive/],
];

t.test('what is unusual and harmless is read', async (t) => {
  const name = 'n'.repeat(91);
  t.same([...(await readArchive(tarOf([{ path: `p/${name}` }]))).files.keys()], [name]);
  // A path for all entries at once means nothing, and is not taken.
  const content = await readArchive(tarOf([paxPath('../x', 'g'), manifest]));
  t.same([...content.files.keys()], ['plugin.json']);
});

t.test('no archive gets a plugin anything but plain files of portable names', async (t) => {
  const before = process.memoryUsage().rss;
  for (const [name, bytes, reason] of attacks) {
    const outcome = await readArchive(bytes).catch((error: unknown) => error);
    t.type(outcome, ArchiveFault, name);
    if (outcome instanceof Error) {
      t.match(outcome.message, reason, name);
      t.notMatch(outcome.message, /\p{Cc}/u, `${name}, in one line`);
    }
  }
  const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
  t.ok(grown < 400, `${Math.round(grown)} MiB`);
});

t.test(
  'no name that is taken leads anywhere but below the folder, or is another name elsewhere',
  async (t) => {
    const piece = fc.constantFrom(
      ...[
        '..',
        '.',
        '',
        '/',
        '\\',
        ':',
        'C:',
        '~',
        'a',
        'A',
        'b.js',
        'con',
        ' ',
        '\u00e9',
        'e\u0301',
        '\ud800',
        '\u202e',
        '\0',
      ],
    );
    const path = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
    let taken = 0;
    fc.assert(
      fc.property(fc.array(path, { minLength: 2, maxLength: 4 }), (paths) => {
        const check = createNameCheck();
        const folded = new Set<string>();
        for (const each of paths) {
          if (check(each, false) !== undefined) continue;
          taken++;
          for (const { sep, join } of [posix, win32]) {
            if (join(`${sep}root`, each) !== `${sep}root${sep}${each.replaceAll('/', sep)}`)
              throw new Error(each);
          }
          const key = each.normalize('NFD').toLowerCase();
          if (folded.has(key)) throw new Error(`${each} twice`);
          folded.add(key);
        }
      }),
      { numRuns: process.env.DRAGOMAN_LONG ? 100_000 : 3000 },
    );
    t.ok(taken > 200, `${taken} were taken`);
  },
);

t.test('bytes of an archive that were changed give a fault or files, and never another error', async (t) => {
  const packed = tarOf([manifest, { path: 'package/src/index.js', content: 'x'.repeat(700) }]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(packed.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      async (edits) => {
        const bytes = Buffer.from(packed);
        for (const [at, value] of edits) bytes[at] = value;
        const outcome = await readArchive(bytes).catch((error: unknown) => error);
        if (outcome instanceof ArchiveFault) return;
        const { files } = outcome as Awaited<ReturnType<typeof readArchive>>;
        const check = createNameCheck();
        for (const path of files.keys()) if (check(path, false) !== undefined) throw new Error(path);
      },
    ),
    { numRuns: process.env.DRAGOMAN_LONG ? 20_000 : 300 },
  );
  t.pass();
});
