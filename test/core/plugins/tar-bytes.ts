/** One entry of an archive, as an attacker may write it: nothing of it is checked. */
export interface TarEntry {
  path: string;
  content?: string | Uint8Array;
  /** Default '0', a file. '2' symbolic link, '1' hard link, '3' and '4' devices, '5' folder, '6' pipe, 'x' PAX, 'g' global PAX, 'L' long name. */
  type?: string;
  link?: string;
  mode?: number;
  /** In place of the content's. */
  size?: number;
}

/** The bytes of a tar archive in ustar form. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(1024)]);
}

/** A PAX header that gives the next entry (or, global, all of them) another path. */
export function paxPath(path: string, type: 'x' | 'g' = 'x'): TarEntry {
  const record = ` path=${path}\n`;
  let length = Buffer.byteLength(record) + 1;
  while (String(length).length + Buffer.byteLength(record) !== length) length++;
  return { path: 'PaxHeader', type, content: `${length}${record}` };
}

function blocksOf({ path, content = '', type = '0', link = '', mode = 0o644, size }: TarEntry): Buffer[] {
  const body = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  header.write('0000000\0'.repeat(2), 108);
  header.write(`${(size ?? body.byteLength).toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, body, Buffer.alloc((512 - (body.byteLength % 512)) % 512)];
}
