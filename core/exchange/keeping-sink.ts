import type { InboundRoute } from '@dragoman/plugin-sdk';
import type { FrameReader } from '../upstream/frame-reader.ts';
import { createFrameReader } from '../upstream/framing.ts';
import { PassingSink } from './passing-sink.ts';
import type { ReplySink } from './reply-sink.ts';
import { scanBody, spanValue } from './scan-body.ts';

type Keep = NonNullable<InboundRoute['keep']>;

/** A whole reply in one frame, with images in it. */
const maxFrameBytes = 64 * 1024 * 1024;

/**
 * Passes everything on and remembers the one thing that tells the whole reply: the body, or of a stream the last frame
 * with one of the marks. `onReply` gets it once it was sent, with its id; never for an error or a reply that was cut.
 */
export class KeepingSink extends PassingSink {
  readonly #keep: Keep;
  readonly #framing: string;
  readonly #onReply: (id: string, reply: Buffer) => void;
  #isGood = false;
  #reader: FrameReader | null = null;
  /** The last frame that tells the whole reply. */
  #frame: string | undefined;

  constructor(sink: ReplySink, keep: Keep, framing: string, onReply: (id: string, reply: Buffer) => void) {
    super(sink);
    this.#keep = keep;
    this.#framing = framing;
    this.#onReply = onReply;
  }

  override head(status: number, headers: Record<string, string>): void {
    this.#isGood = status >= 200 && status < 300;
    const isWhole = headers['content-length'] !== undefined;
    if (this.#isGood && !isWhole && this.#keep.frame !== undefined) {
      this.#reader = createFrameReader(this.#framing, { maxFrameBytes });
    }
    super.head(status, headers);
  }

  override write(bytes: Buffer | string, whole: boolean): boolean {
    const canTake = super.write(bytes, whole);
    this.#read(bytes);
    return canTake;
  }

  override end(bytes?: Buffer | string): void {
    const isOpen = !this.closed;
    super.end(bytes);
    if (!this.#isGood || !isOpen) return;
    if (this.#reader !== null) {
      if (bytes !== undefined) this.#read(bytes);
      if (this.#frame !== undefined) this.#found(this.#inFrame(Buffer.from(this.#frame)));
    } else if (bytes !== undefined) {
      this.#found(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    }
  }

  #read(bytes: Buffer | string): void {
    if (this.#reader === null) return;
    const piece = typeof bytes === 'string' ? this.#worthReading(bytes) : bytes;
    if (piece === undefined) return;
    try {
      const frames = this.#reader.push(piece);
      for (const { data } of frames) if (this.#isMarked(data)) this.#frame = data;
    } catch {
      // What cannot be read is not kept; the client gets it all the same.
      this.#isGood = false;
    }
  }

  /** Text is made here and stands between two frames: all before the first mark can be passed over. */
  #worthReading(text: string): Buffer | undefined {
    const { marks } = this.#keep;
    if (marks === undefined) return Buffer.from(text);
    let first = -1;
    for (const mark of marks) {
      const at = text.indexOf(mark);
      if (at >= 0 && (first < 0 || at < first)) first = at;
    }
    if (first < 0) return undefined;
    const start = this.#framing === 'sse' ? text.lastIndexOf('\n\n', first) + 2 : 0;
    return Buffer.from(start < 2 ? text : text.slice(start));
  }

  #isMarked(text: string): boolean {
    const { marks } = this.#keep;
    if (marks === undefined) return true;
    for (const mark of marks) if (text.includes(mark)) return true;
    return false;
  }

  #inFrame(frame: Buffer): Buffer | undefined {
    const key = (this.#keep.frame ?? '').slice(1);
    const span = scanBody(frame, [key])?.get(key);
    return span === undefined ? undefined : frame.subarray(span.start, span.end);
  }

  #found(reply: Buffer | undefined): void {
    if (reply === undefined) return;
    const key = this.#keep.id.slice(1);
    const span = scanBody(reply, [key])?.get(key);
    const id = spanValue(reply, span);
    if (typeof id === 'string' && id !== '') this.#onReply(id, reply);
  }
}
