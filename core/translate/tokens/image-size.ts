export interface ImageSize {
  width: number;
  height: number;
}

/** Width and height from the head of a PNG, JPEG, GIF or WebP file; null for anything else. */
export function imageSize(data: Buffer): ImageSize | null {
  if (data.length < 30) return null;
  const head = data.toString('latin1', 0, 16);
  if (head.startsWith('\x89PNG')) return sized(data.readUInt32BE(16), data.readUInt32BE(20));
  if (head.startsWith('GIF8')) return sized(data.readUInt16LE(6), data.readUInt16LE(8));
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return webpSize(data, head.slice(12, 16));
  return head.startsWith('\xff\xd8') ? jpegSize(data) : null;
}

function webpSize(data: Buffer, chunk: string): ImageSize | null {
  switch (chunk) {
    case 'VP8 ':
      return sized(data.readUInt16LE(26) & 0x3fff, data.readUInt16LE(28) & 0x3fff);
    case 'VP8L': {
      const bits = data.readUInt32LE(21);
      return sized((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1);
    }
    case 'VP8X':
      return sized(data.readUIntLE(24, 3) + 1, data.readUIntLE(27, 3) + 1);
    default:
      return null;
  }
}

/** Walks the segments to the frame header, `FFC0` to `FFCF` less those that are no frames. */
function jpegSize(data: Buffer): ImageSize | null {
  for (let at = 2; at + 9 < data.length && data[at] === 0xff; ) {
    const marker = data[at + 1] ?? 0;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return sized(data.readUInt16BE(at + 7), data.readUInt16BE(at + 5));
    at += 2 + data.readUInt16BE(at + 2);
  }
  return null;
}

function sized(width: number, height: number): ImageSize | null {
  return width > 0 && height > 0 ? { width, height } : null;
}
