import { generateKeyPairSync } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parsePublicKey, publicKeyOf } from '../../../core/plugins/public-key.ts';
import { readFolder } from '../../../core/plugins/read-folder.ts';
import { fitsSignature, parseSignature, signedText, signText } from '../../../core/plugins/signature.ts';
import { manifestOnly, writePlugin } from '../../modules/toy.ts';
import { openHost } from './open-host.ts';

/** Made by minisign itself: the test vectors of its Rust verifier, of the text `test`. */
const minisignKey = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3';
const minisigned = {
  hashed: `untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==`,
  legacy: `untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==`,
};

function read(text: string) {
  const signature = parseSignature(Buffer.from(text));
  if (signature === null) throw new Error('no signature');
  return signature;
}
function keyFrom(text: string) {
  const key = parsePublicKey(text);
  if (key === null) throw new Error('no key');
  return key;
}

t.test('signatures made by minisign fit, with both of its algorithms, and show its key id', async (t) => {
  const key = keyFrom(`untrusted comment: minisign public key\n${minisignKey}\n`);
  t.equal(key.id, 'E7620F1842B4E81F');
  for (const [name, text] of Object.entries(minisigned)) {
    const signature = read(text);
    t.equal(signature.keyId, key.id, name);
    t.equal(fitsSignature(Buffer.from('test'), signature, key), true, name);
    t.equal(fitsSignature(Buffer.from('Test'), signature, key), false, name);
    t.equal(fitsSignature(Buffer.from('test'), { ...signature, comment: 'timestamp:1' }, key), false, name);
  }
});

t.test('no bit of a signature can be changed', async (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const key = publicKeyOf(privateKey);
  t.equal(keyFrom(key.text).id, key.id);
  const text = Buffer.from('what is signed');
  const signed = signText(text, privateKey, 'acme 1.0.0');
  t.equal(fitsSignature(text, read(signed), key), true);
  const other = publicKeyOf(generateKeyPairSync('ed25519').privateKey);
  t.equal(fitsSignature(text, read(signed), other), false);
  t.equal(fitsSignature(text, read(signed), { ...other, id: key.id }), false, 'nor the key behind an id');
  const whole = read(signed);
  for (const field of ['signature', 'commentSignature'] as const) {
    for (let bit = 0; bit < 512; bit += 7) {
      const bytes = Buffer.from(whole[field]);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (fitsSignature(text, { ...whole, [field]: bytes }, key)) t.fail(`${field} bit ${bit}`);
    }
  }
});

t.test('what is not in the form of a signature or a key is none', async (t) => {
  const lines = minisigned.hashed.split('\n');
  for (const text of [
    '',
    'garbage',
    lines.slice(0, 3).join('\n'),
    `${minisigned.hashed}\nmore`,
    minisigned.hashed.replace('RUQ', 'RVQ'),
    minisigned.hashed.replace('untrusted comment: ', ''),
    [lines[0], lines[1]?.slice(4), lines[2], lines[3]].join('\n'),
    `${' '.repeat(5000)}${minisigned.hashed}`,
  ])
    t.equal(parseSignature(Buffer.from(text)), null, JSON.stringify(text.slice(0, 40)));
  for (const text of ['', minisignKey.slice(1), minisignKey.replace('RWQ', 'RVQ'), `${minisignKey}AAAA`])
    t.equal(parsePublicKey(text), null, text);
});

t.test('what is signed is what sha256sum writes, without the signature itself', async (t) => {
  const hashes = { 'b.js': '22', 'plugin.sig': '99', 'a/z.js': '11', 'B.js': '33' };
  t.equal(signedText(hashes).toString(), '33  B.js\n11  a/z.js\n22  b.js\n');
});

const yaml = (plugins: object): string => JSON.stringify({ plugins });

t.test('the state of every folder shows, and what was signed and then changed never starts', async (t) => {
  const trusted = generateKeyPairSync('ed25519').privateKey;
  const stranger = generateKeyPairSync('ed25519').privateKey;
  const key = publicKeyOf(trusted);
  const cwd = t.testdir({ 'gateway.yaml': yaml({ trustedKeys: { acme: key.text } }) });
  const folder = (id: string): string => join(cwd, 'plugins', id);
  const sign = (id: string, privateKey: typeof trusted): void => {
    rmSync(join(folder(id), 'plugin.sig'), { force: true });
    const { hashes } = readFolder(id, folder(id));
    writeFileSync(join(folder(id), 'plugin.sig'), signText(signedText(hashes), privateKey, `${id} 1.0.0`));
  };
  for (const id of ['mine', 'theirs', 'plain', 'changed', 'extra', 'forged'])
    writePlugin(folder(id), manifestOnly(id));
  for (const id of ['mine', 'changed', 'extra']) sign(id, trusted);
  sign('theirs', stranger);
  writePlugin(folder('changed'), manifestOnly('changed', {}, { version: '1.0.1' }));
  writeFileSync(join(folder('extra'), 'more.js'), '');
  writeFileSync(join(folder('forged'), 'plugin.sig'), 'trust me');
  const { host, report } = await openHost(t, cwd);

  t.match(report('mine'), { state: 'on', origin: 'signed-trusted', signer: 'acme' });
  t.match(report('theirs'), { state: 'on', origin: 'signed-unknown', signer: publicKeyOf(stranger).id });
  t.match(report('plain'), { state: 'on', origin: 'unsigned', signer: undefined });
  for (const id of ['changed', 'extra'])
    t.match(report(id), {
      state: 'failed',
      origin: 'modified',
      code: 'GW_PLUGIN_INTEGRITY',
      reason: /not those that acme signed: plugin\.sig does not fit; get it again/,
    });
  t.match(report('forged'), {
    state: 'failed',
    origin: 'modified',
    reason: /not a signature in minisign's form/,
  });

  writeFileSync(join(cwd, 'gateway.yaml'), yaml({ trustedKeys: { acme: key.text }, requireSignature: true }));
  await host.reload('test');
  t.match(report('mine'), { state: 'on' });
  t.match(report('plain'), { state: 'untrusted', reason: /requireSignature .* it is not signed/ });
  t.match(report('theirs'), { state: 'untrusted', reason: /trustedKeys, and [0-9A-F]{16} is not one/ });

  writeFileSync(join(cwd, 'gateway.yaml'), yaml({ requireSignature: true }));
  await host.reload('test');
  t.match(
    report('mine'),
    { state: 'untrusted', origin: 'signed-unknown' },
    'a key that was taken back is unknown',
  );
});

t.test('what was accepted from one signer is not taken from another', async (t) => {
  const [old, next] = [generateKeyPairSync('ed25519').privateKey, generateKeyPairSync('ed25519').privateKey];
  const keys = { old: publicKeyOf(old).text, next: publicKeyOf(next).text };
  const cwd = t.testdir({ 'gateway.yaml': yaml({ trustedKeys: keys }) });
  const folder = join(cwd, 'plugins/acme');
  writePlugin(folder, manifestOnly('acme'));
  const list = signedText(readFolder('acme', folder).hashes);
  writeFileSync(join(folder, 'plugin.sig'), signText(list, next, 'acme'));
  const entry = {
    version: '1.0.0',
    source: 'test',
    files: readFolder('acme', folder).hashes,
    permissions: { hosts: ['api.acme.test'] },
    trust: 'sandbox',
    signer: keys.old,
  };
  writeFileSync(join(cwd, 'plugins.lock.json'), JSON.stringify({ lockVersion: 1, plugins: { acme: entry } }));
  const { host, report } = await openHost(t, cwd);
  t.match(report('acme'), { state: 'failed', origin: 'modified', reason: /was accepted from another/ });
  const accepted = { ...entry, signer: keys.next };
  writeFileSync(
    join(cwd, 'plugins.lock.json'),
    JSON.stringify({ lockVersion: 1, plugins: { acme: accepted } }),
  );
  await host.reload('test');
  t.match(report('acme'), { state: 'on', origin: 'signed-trusted', signer: 'next' });
});
