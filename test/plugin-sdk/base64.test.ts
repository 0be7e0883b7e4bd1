import { decodeBase64Text, encodeBase64Text, toStandardBase64 } from '@dragoman/plugin-sdk';
import t from 'tap';

t.test('text of every length and script is what Node makes of it, and comes back', async (t) => {
  for (const text of ['', 'a', 'ab', 'abc', 'naïve', '漢字かな', '👩‍🚀 and %25', '\u0000\n']) {
    t.equal(encodeBase64Text(text), Buffer.from(text).toString('base64'), JSON.stringify(text));
    t.equal(decodeBase64Text(encodeBase64Text(text)), text, JSON.stringify(text));
  }
});

t.test('half a pair, as a stream may cut it, is replaced and no error', async (t) => {
  const cut = 'before \ud83d after';
  t.equal(encodeBase64Text(cut), Buffer.from(cut).toString('base64'));
});

t.test('either alphabet is read, with or without padding; what is neither is undefined', async (t) => {
  t.equal(decodeBase64Text('8J-Ykg'), '😒');
  t.equal(decodeBase64Text('8J+Y\r\nkg=='), '😒');
  t.equal(decodeBase64Text('no base64!'), undefined);
  t.equal(decodeBase64Text('/w=='), undefined, 'bytes that are no UTF-8');
  t.equal(toStandardBase64('8J-Ykg'), '8J+Ykg==');
});
