import fc from 'fast-check';
import t from 'tap';
import { boundaryOf, MultipartReader, type Piece } from '../../../core/server/multipart.ts';

const runs = process.env.DRAGOMAN_LONG === undefined ? 200 : 5_000;

t.test('the boundary is read as clients write it', async (t) => {
  t.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
  t.equal(boundaryOf('multipart/form-data; charset=utf-8; Boundary="a b:c"'), 'a b:c');
  t.equal(boundaryOf('multipart/form-data'), null);
});

/** A body whose parts hold what looks like boundaries and heads. */
const content = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom('\r\n', '\r\n--', '\r\n--b', '--bound', '\r\n\r\n', '-', '\r\n--boun')
      .map((text) => Buffer.from(text)),
  ),
  { maxLength: 8 },
);
const part = fc.record({
  name: fc.constantFrom('model', 'file', 'prompt'),
  isFile: fc.boolean(),
  content: content.map((pieces) => Buffer.concat(pieces)),
});

function write(parts: { name: string; isFile: boolean; content: Buffer }[]): Buffer {
  const written = parts.flatMap(({ name, isFile, content }) => [
    `--bound\r\nContent-Disposition: form-data; name="${name}"${isFile ? '; filename="a; name=x"' : ''}\r\n\r\n`,
    content,
    '\r\n',
  ]);
  return Buffer.concat([...written, '--bound--\r\n'].map((piece) => Buffer.from(piece)));
}

function read(body: Buffer, size: number): { pieces: Piece[]; reader: MultipartReader } {
  const reader = new MultipartReader('bound', 'model');
  const pieces: Piece[] = [];
  for (let at = 0; at < body.length; at += size) pieces.push(...reader.push(body.subarray(at, at + size)));
  pieces.push(...reader.end());
  return { pieces, reader };
}

t.test('a body comes out as it went in, however it is cut, but for the first model', async () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), fc.integer({ min: 1, max: 90 }), (parts, size) => {
      // Nothing of a part may hold the boundary itself; no client writes that.
      fc.pre(parts.every(({ content }) => !content.includes('--bound')));
      const body = write(parts);
      const { pieces, reader } = read(body, size);
      const model = parts.find(({ name, isFile }) => name === 'model' && !isFile);
      const named = pieces.filter((piece) => !Buffer.isBuffer(piece));
      const same = named.map((piece) => (Buffer.isBuffer(piece) ? '' : piece.model));
      const renamed = pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : Buffer.from('NEW')));
      const first = parts.indexOf(model as never);
      const expected = write(
        parts.map((each, at) => (at === first ? { ...each, content: Buffer.from('NEW') } : each)),
      );
      return (
        Buffer.concat(renamed).equals(expected) &&
        same.join() === (model === undefined ? '' : model.content.toString('utf8')) &&
        reader.isDone &&
        reader.sawFile === parts.some(({ isFile }) => isFile)
      );
    }),
    { numRuns: runs },
  );
});

t.test('a model that never ends, and a head that never ends, are refused', async (t) => {
  const head = '--bound\r\nContent-Disposition: form-data; name=model\r\n\r\n';
  t.throws(() => read(Buffer.from(head + 'm'.repeat(2_000)), 100), { code: 'GW_CLIENT_BODY_INVALID' });
  t.throws(() => read(Buffer.from(`--bound\r\n${'h'.repeat(20_000)}`), 100), {
    code: 'GW_CLIENT_BODY_INVALID',
  });
  const { pieces, reader } = read(Buffer.from(`${head}m`), 3);
  t.equal(Buffer.concat(pieces as Buffer[]).toString(), `${head}m`, 'a body that breaks off stays as it is');
  t.equal(reader.isDone, false);
});
