import t from 'tap';
import { addressRefusal } from '../../../core/upstream/addresses.ts';
import { checkTarget, hostRefusal, matchesHost } from '../../../core/upstream/egress.ts';

const internal = [
  '127.0.0.1',
  '127.255.255.254',
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.255',
  '169.254.1.1',
  '0.0.0.0',
  '192.0.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '192.88.99.1',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2002:a00:1::1',
  '2001:0:53aa:64c::1',
  '2001:db8::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '100::1',
  '3fff::1',
  '5f00::1',
  '::ffff:0:127.0.0.1',
  '::ffff:0:10.0.0.1',
  '1000::1',
  '4000::1',
  '8000::1',
  'e000::1',
  'fe00::1',
];
const metadata = [
  '169.254.169.254',
  '::ffff:169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  // What a translator on the way would make such an address of.
  '::169.254.169.254',
  '::ffff:0:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::6464:64c8',
  '2002:a9fe:a9fe::1',
  '2001:0:a9fe:a9fe::1',
  '2001:0:102:304:0:0:5601:5601',
  'fe80::a9fe:a9fe%eth0',
];
const open = [
  '1.1.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '104.18.7.192',
  '2606:4700::6812:7c0',
  '::ffff:8.8.8.8',
];

t.test('addresses that are not public are refused, unless the operator allows private ones', async (t) => {
  for (const address of internal) {
    t.match(addressRefusal(address, false), 'allowPrivate', address);
    t.equal(addressRefusal(address, true), null, address);
  }
});

t.test('metadata services are refused whatever the operator says', async (t) => {
  for (const address of metadata) {
    t.match(addressRefusal(address, false), 'metadata', address);
    t.match(addressRefusal(address, true), 'metadata', address);
  }
  for (const name of [
    'metadata.google.internal',
    'METADATA.google.internal..',
    'metadata',
    'instance-data',
  ]) {
    t.match(hostRefusal(name, true), 'metadata', name);
  }
});

t.test('public addresses are let through, and what is no address is not', async (t) => {
  for (const address of open) t.equal(addressRefusal(address, false), null, address);
  for (const text of ['', 'localhost', '1.2.3', '1.2.3.4.5'])
    t.type(addressRefusal(text, true), 'string', text);
});

/** Spellings of internal addresses that a URL normalises before we see the host. */
const spellings = [
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0177.0.0.1/',
  'http://0x7f.1/',
  'http://127.1/',
  'http://0/',
  'http://127.0.0.1./',
  'http://127.0.0.1../',
  'http://127.0.0.1%2e/',
  'http://%31%32%37.0.0.1/',
  'http://0x7f.0x0.0x0.0x1/',
  'http://017700000001/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://①②⑦.⓪.⓪.①/',
  'http://１２７.0.0.1/',
  'http://127。0。0。1/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[0:0:0:0:0:ffff:7f00:1]/',
  'http://[64:ff9b::a00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://169.254.169.254/',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://localhost/',
  'http://LOCALHOST/',
  'http://localhost./',
  'http://api.localhost/',
  'http://192.168.0.1:8080/',
];

t.test('no spelling of an internal address gets past the check of a URL', async (t) => {
  for (const spelling of spellings) {
    const url = new URL(spelling);
    const policy = { provider: 'acme', hosts: [url.host], allowPrivate: false };
    t.throws(() => checkTarget(url, policy), { code: 'GW_UPSTREAM_REFUSED_HOST' }, spelling);
  }
});

t.test('only the hosts that are permitted are reached', async (t) => {
  const policy = {
    provider: 'acme',
    hosts: ['api.acme.com', '*.eu.acme.com', 'alt.acme.com:8443'],
    allowPrivate: false,
  };
  for (const url of [
    'https://api.acme.com/v1',
    'https://API.ACME.COM:443/',
    'https://api.acme.com./',
    'https://x.eu.acme.com',
    'https://a.b.eu.acme.com',
    'https://alt.acme.com:8443',
  ]) {
    t.doesNotThrow(() => checkTarget(new URL(url), policy), url);
  }
  for (const url of [
    'https://acme.com',
    'https://eu.acme.com',
    'https://evil-api.acme.com',
    'https://api.acme.com.evil.com',
    'https://xeu.acme.com',
    'https://api.acme.com:8443',
    'https://alt.acme.com',
    'https://evil.com/api.acme.com',
  ]) {
    t.throws(
      () => checkTarget(new URL(url), policy),
      { code: 'GW_UPSTREAM_REFUSED_HOST', message: /permitted/ },
      url,
    );
  }
});

t.test('only http and https, and no password in the URL', async (t) => {
  const policy = { provider: 'acme', hosts: ['acme.com'], allowPrivate: false };
  t.throws(() => checkTarget(new URL('ftp://acme.com'), policy), { code: 'GW_UPSTREAM_REFUSED_HOST' });
  t.throws(() => checkTarget(new URL('https://user:hidden@acme.com'), policy), {
    code: 'GW_UPSTREAM_REFUSED_HOST',
    message: /^((?!hidden).)*$/,
  });
});

t.test('an IPv6 host matches its own pattern', async (t) => {
  t.equal(matchesHost(new URL('http://[::1]:11434/'), '[::1]:11434'), true);
  t.equal(matchesHost(new URL('http://[::1]/'), '[::1]'), true);
  t.equal(matchesHost(new URL('http://127.0.0.1:11434/'), '127.0.0.1:11434'), true);
});
