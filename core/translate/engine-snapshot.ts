import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress } from 'node:zlib';
import type { EngineSnapshot } from './engine-instance.ts';
import { preludeText } from './engine-prelude.ts';

/**
 * What a snapshot is of. It holds the addresses of one engine and the code of one bundle, so it fits where all of this is
 * the same, byte for byte, and nowhere else.
 */
export interface SnapshotKey {
  /** SHA-256 of the engine and of the script it runs first; another version of the gateway has others. */
  engine: string;
  /** SHA-256 of the bundled code. */
  code: string;
  /** What the engine may have, which is in its memory. */
  memoryMb: number;
}
interface Header extends SnapshotKey {
  format: 1;
  entry: number;
  result: number;
}

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);
const longestHeader = 1_024;
const lineFeed = 10;

/** `engine` before its memory was limited. */
export function hashEngine(engine: Uint8Array): string {
  return createHash('sha256').update(engine).update(preludeText).digest('hex');
}

export function hashCode(code: Uint8Array): string {
  return createHash('sha256').update(code).digest('hex');
}

/** A file: one line of JSON that says what it is of, then the memory, compressed with Brotli. */
export async function writeSnapshot(snapshot: EngineSnapshot, key: SnapshotKey): Promise<Buffer> {
  const { memory, entry, result } = snapshot;
  const header: Header = { format: 1, ...key, entry, result };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), await compress(memory)]);
}

/** Its memory can be shared between threads. Throws a plain error that says why it cannot be used here. */
export async function readSnapshot(file: Uint8Array, key: SnapshotKey): Promise<EngineSnapshot> {
  const header = readHeader(file);
  if (header.engine !== key.engine) throw new Error('it was made with another version of the gateway');
  if (header.memoryMb !== key.memoryMb) {
    throw new Error(
      `it was made for ${header.memoryMb} MB of memory, and it has ${key.memoryMb} (limits.memoryMb)`,
    );
  }
  if (header.code !== key.code) throw new Error('it was made of other code');
  return { memory: await unpack(file, key), entry: header.entry, result: header.result };
}

async function unpack(file: Uint8Array, key: SnapshotKey): Promise<Uint8Array> {
  const packed = file.subarray(file.indexOf(lineFeed) + 1);
  try {
    const memory = await decompress(packed, { maxOutputLength: key.memoryMb * 1_048_576 });
    const shared = new Uint8Array(new SharedArrayBuffer(memory.byteLength));
    shared.set(memory);
    return shared;
  } catch (cause) {
    throw new Error(`what it holds is not ${key.memoryMb} MB of memory or less`, { cause });
  }
}

function readHeader(file: Uint8Array): Header {
  const [line = ''] = Buffer.from(file.subarray(0, longestHeader)).toString('latin1').split('\n', 1);
  let header: Partial<Header> | null = null;
  try {
    header = JSON.parse(line) as Partial<Header> | null;
  } catch {
    // Said below.
  }
  const { format, entry, result } = header ?? {};
  if (format !== 1 || !Number.isInteger(entry) || !Number.isInteger(result)) {
    throw new Error('it is not a snapshot this version of the gateway can read');
  }
  return header as Header;
}
