import { GatewayError } from '../errors/gateway-error.ts';

/** Bytes of a multipart body as they came, or the value of the field that names the model. */
export type Piece = Buffer | { model: string };

/** Sees a body on its way through. */
export interface BodyReader {
  /** From here on nothing comes that routing has to know. */
  readonly isKnown: boolean;
  push(chunk: Buffer): Piece[];
  /** What was held back. */
  end(): Piece[];
}

/** For a body in which nothing is looked for. */
export const blindReader: BodyReader = { isKnown: true, push: (chunk) => [chunk], end: () => [] };

const maxHeaderBytes = 16_384;
const maxModelBytes = 1_024;
const headerEnd = Buffer.from('\r\n\r\n');

/** The boundary named in a content type; null when there is none. */
export function boundaryOf(contentType: string): string | null {
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return match === null ? null : (match[1] ?? match[2] ?? null);
}

/**
 * Reads a multipart body in pieces of any size and gives them back, with one field told apart. Holds no more than a
 * part's head. Throws GW_CLIENT_BODY_INVALID.
 */
export class MultipartReader implements BodyReader {
  /** A part with a file name has begun. */
  sawFile = false;
  /** The closing boundary was there. */
  isDone = false;
  readonly #field: string | null;
  /** Between two parts. Before the first one it has no line end in front. */
  readonly #delimiter: Buffer;
  #state: 'start' | 'head' | 'content' | 'model' | 'end' = 'start';
  #rest: Buffer = Buffer.alloc(0);
  #sawModel = false;

  /** `field`: name of the field with the model; null when there is none to look for. */
  constructor(boundary: string, field: string | null) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
    this.#field = field;
  }

  get isKnown(): boolean {
    return this.#field === null || this.#sawModel || this.sawFile || this.isDone;
  }

  push(chunk: Buffer): Piece[] {
    const pieces: Piece[] = [];
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#step(pieces));
    return pieces;
  }

  end(): Piece[] {
    return this.#rest.length === 0 ? [] : [this.#take(this.#rest.length)];
  }

  /** False when more bytes are needed. */
  #step(pieces: Piece[]): boolean {
    switch (this.#state) {
      case 'start':
        return this.#pass(pieces, this.#delimiter.subarray(2));
      case 'head':
        return this.#readHead(pieces);
      case 'content':
        return this.#pass(pieces, this.#delimiter);
      case 'model':
        return this.#readModel(pieces);
      case 'end':
        if (this.#rest.length > 0) pieces.push(this.#take(this.#rest.length));
        return false;
    }
  }

  /**
   * Everything up to the delimiter goes on; what may be its beginning waits for the next piece. Mostly that is nothing, and
   * pieces go on without being copied.
   */
  #pass(pieces: Piece[], delimiter: Buffer): boolean {
    const at = this.#rest.indexOf(delimiter);
    if (at >= 0) {
      pieces.push(this.#take(at + delimiter.length));
      this.#state = 'head';
      return true;
    }
    const sure = this.#rest.length - overlap(this.#rest, delimiter);
    if (sure > 0) pieces.push(this.#take(sure));
    return false;
  }

  #readHead(pieces: Piece[]): boolean {
    if (this.#rest.length < 2) return false;
    if (this.#rest[0] === 0x2d && this.#rest[1] === 0x2d) {
      this.#state = 'end';
      this.isDone = true;
      return true;
    }
    const at = this.#rest.indexOf(headerEnd);
    if (at < 0 || at > maxHeaderBytes) {
      if (this.#rest.length <= maxHeaderBytes) return false;
      throw invalid('a part of it has a head of more than 16 KB');
    }
    const head = this.#take(at + headerEnd.length);
    pieces.push(head);
    const { name, isFile } = readDisposition(head.toString('utf8'));
    if (isFile) this.sawFile = true;
    const isModel = !isFile && !this.#sawModel && name !== undefined && name === this.#field;
    this.#state = isModel ? 'model' : 'content';
    return true;
  }

  #readModel(pieces: Piece[]): boolean {
    const at = this.#rest.indexOf(this.#delimiter);
    if (at < 0 || at > maxModelBytes) {
      if (this.#rest.length <= maxModelBytes + this.#delimiter.length) return false;
      throw invalid(`its field '${this.#field}' is longer than ${maxModelBytes} bytes`);
    }
    this.#sawModel = true;
    pieces.push({ model: this.#take(at).toString('utf8') });
    this.#state = 'content';
    return true;
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

/** How many bytes at the end are the beginning of the delimiter. */
function overlap(bytes: Buffer, delimiter: Buffer): number {
  for (let length = Math.min(delimiter.length - 1, bytes.length); length > 0; length--) {
    const from = bytes.length - length;
    if (bytes[from] === delimiter[0] && bytes.compare(delimiter, 0, length, from) === 0) return length;
  }
  return 0;
}

function readDisposition(head: string): { name: string | undefined; isFile: boolean } {
  const line = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
  const name = /;\s*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(line);
  return { name: name?.[1] ?? name?.[2], isFile: /;\s*filename\*?=/i.test(line) };
}

function invalid(reason: string): GatewayError {
  return new GatewayError('GW_CLIENT_BODY_INVALID', { reason: `The multipart body is not valid: ${reason}` });
}
