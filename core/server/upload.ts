import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { BodyStream } from '../auth/driver.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { SentUpload, Upload } from '../exchange/exchange.ts';
import { tellContinue } from './awaits-continue.ts';
import { type BodyReader, blindReader, boundaryOf, MultipartReader, type Piece } from './multipart.ts';
import { inflate } from './request-body.ts';

/** Fields before the first file may hold a prompt; more than this is not waited for. */
const maxHeadBytes = 1_048_576;
/** A client has this long to come to the point: the model's name, or the first file. In milliseconds. */
const headTimeoutMs = 60_000;
/** What a client still sends after it was answered is read and dropped, so that it gets to read the answer. */
const maxDroppedBytes = 16 * 1_048_576;

/** True for a content type whose body is a form. */
export function isForm(contentType: string | undefined): boolean {
  return contentType?.toLowerCase().startsWith('multipart/') === true;
}

/** Opens a body and reads a form as far as the model's name, or the first file. Fails as `readBody` does. */
export async function openUpload(
  request: IncomingMessage,
  field: string | null,
  maxBytes: number,
): Promise<OpenUpload> {
  if (request.readableEnded) {
    throw invalid('it was read before it came to the gateway, so it cannot be sent on');
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const upload = new OpenUpload(request, readerOf(request, field), field !== null, maxBytes);
  await upload.head;
  return upload;
}

function readerOf(request: IncomingMessage, field: string | null): BodyReader {
  const contentType = request.headers['content-type'] ?? '';
  if (!isForm(contentType)) return blindReader;
  const boundary = boundaryOf(contentType);
  if (boundary === null) throw invalid('its content-type names no boundary');
  return new MultipartReader(boundary, field);
}

export class OpenUpload implements Upload {
  model: string | undefined;
  isSpent = false;
  /** Settles once the model's name is known, or that it does not come before a file. */
  readonly head: Promise<void>;
  readonly #request: IncomingMessage;
  readonly #source: Readable;
  readonly #reader: BodyReader;
  readonly #mayRename: boolean;
  readonly #maxBytes: number;
  #size = 0;
  /** What the head consists of, until it is sent. */
  #held: Piece[] = [];
  readonly #headTimer: NodeJS.Timeout;
  #headSettled: { resolve: () => void; reject: (error: GatewayError) => void } | null;
  #ended = false;
  #failure: GatewayError | null = null;
  #body: UploadBody | null = null;

  constructor(request: IncomingMessage, reader: BodyReader, mayRename: boolean, maxBytes: number) {
    this.#request = request;
    this.#reader = reader;
    this.#mayRename = mayRename;
    this.#maxBytes = maxBytes;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.head = promise;
    this.#headSettled = { resolve, reject };
    const late = (): void => this.#fail(new GatewayError('GW_CLIENT_TOO_SLOW'));
    this.#headTimer = setTimeout(late, headTimeoutMs).unref();
    this.#source = inflate(request, (error) => this.#fail(error)) ?? request;
    if (this.#failure !== null) return;
    tellContinue(request);
    this.#source.on('data', this.#onData);
    this.#source.on('end', this.#onEnd);
    request.on('error', this.#onClose);
    request.on('close', this.#onClose);
  }

  send(rename: (model: string) => string): SentUpload {
    const body = new UploadBody(rename, {
      start: () => this.#start(body),
      more: () => this.#source.resume(),
      gone: () => {
        if (this.isSpent) this.discard();
      },
    });
    return { stream: body, length: this.#lengthAfter(rename) };
  }

  /** Reads what is left for nothing; gives up on a client that sends on and on. */
  discard(): void {
    this.#source.off('data', this.#onData);
    if (this.#ended) return;
    let dropped = 0;
    this.#source.on('data', (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > maxDroppedBytes) this.#request.destroy();
    });
    this.#source.resume();
  }

  /** The connection takes the body: from here on it cannot be sent a second time. */
  #start(body: UploadBody): void {
    this.isSpent = true;
    this.#body = body;
    const held = this.#held;
    this.#held = [];
    this.#forward(held);
    if (this.#failure !== null) body.destroy(this.#failure);
    else if (this.#ended) body.push(null);
    else this.#source.resume();
  }

  /** Known where the client told it and no name can change on the way. */
  #lengthAfter(rename: (model: string) => string): number | undefined {
    const announced = this.#request.headers['content-length'];
    if (announced === undefined || this.#source !== this.#request) return undefined;
    if (this.model !== undefined) {
      return Number(announced) + Buffer.byteLength(rename(this.model)) - Buffer.byteLength(this.model);
    }
    return this.#mayRename ? undefined : Number(announced);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) {
      this.#fail(tooLarge(this.#maxBytes));
      return;
    }
    try {
      this.#take(this.#reader.push(chunk));
    } catch (thrown) {
      this.#fail(thrown as GatewayError);
    }
  };

  #take(pieces: Piece[]): void {
    if (this.#body !== null) {
      this.#forward(pieces);
      return;
    }
    this.#held.push(...pieces);
    for (const piece of pieces) if (!Buffer.isBuffer(piece)) this.model = piece.model;
    if (this.#reader.isKnown || this.#size > maxHeadBytes) {
      this.#source.pause();
      this.#settleHead();
    }
  }

  #forward(pieces: Piece[]): void {
    for (const piece of pieces) if (this.#body?.add(piece) === false) this.#source.pause();
  }

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.#take(this.#reader.end());
    this.#settleHead();
    this.#body?.push(null);
  };

  readonly #onClose = (): void => {
    if (!this.#request.readableEnded) this.#fail(new GatewayError('GW_CLIENT_ABORTED'));
  };

  #settleHead(): void {
    clearTimeout(this.#headTimer);
    this.#headSettled?.resolve();
    this.#headSettled = null;
  }

  #fail(error: GatewayError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#source.off('data', this.#onData);
    clearTimeout(this.#headTimer);
    this.#headSettled?.reject(error);
    this.#headSettled = null;
    this.#body?.destroy(error);
  }
}

/** What the upload tells the body that is being sent, and is told by it. */
interface BodyEvents {
  start(): void;
  more(): void;
  gone(): void;
}

class UploadBody extends Readable implements BodyStream {
  onProgress: (() => void) | null = null;
  readonly #rename: (model: string) => string;
  readonly #events: BodyEvents;
  #started = false;

  constructor(rename: (model: string) => string, events: BodyEvents) {
    super({ highWaterMark: 65_536 });
    this.#rename = rename;
    this.#events = events;
  }

  /** False asks for a pause. */
  add(piece: Piece): boolean {
    this.onProgress?.();
    return this.push(Buffer.isBuffer(piece) ? piece : Buffer.from(this.#rename(piece.model)));
  }

  override _read(): void {
    if (this.#started) this.#events.more();
    else {
      this.#started = true;
      this.#events.start();
    }
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#events.gone();
    done(error);
  }
}

function tooLarge(maxBytes: number): GatewayError {
  const setting = 'server.maxUploadMb';
  return new GatewayError('GW_CLIENT_BODY_TOO_LARGE', { limit: Math.round(maxBytes / 1048576), setting });
}

function invalid(reason: string): GatewayError {
  return new GatewayError('GW_CLIENT_BODY_INVALID', { reason: `The body is not valid: ${reason}` });
}
