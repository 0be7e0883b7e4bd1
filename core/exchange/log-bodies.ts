import type { Log } from '../observe/log.ts';
import type { Exchange } from './exchange.ts';
import { PassingSink } from './passing-sink.ts';
import type { ReplySink } from './reply-sink.ts';

/** Most of one body that a line shows, in characters: a log is no archive. */
const maxLength = 100_000;

/** For `observe.bodies`: the exchange with a sink that also logs what goes to the client. Logs the request at once. */
export function withBodyLog(exchange: Exchange, log: Log): Exchange {
  const { id: requestId, body, sink } = exchange;
  if (body.length > 0) log.info('request body', { requestId, body: show([body]) });
  return { ...exchange, sink: new LoggingSink(sink, (body) => log.info('reply body', { requestId, body })) };
}

class LoggingSink extends PassingSink {
  readonly #log: (body: string) => void;
  readonly #pieces: (Buffer | string)[] = [];

  constructor(sink: ReplySink, log: (body: string) => void) {
    super(sink);
    this.#log = log;
  }

  override write(bytes: Buffer | string, whole: boolean): boolean {
    this.#keep(bytes);
    return super.write(bytes, whole);
  }
  override end(bytes?: Buffer | string): void {
    if (bytes !== undefined) this.#keep(bytes);
    super.end(bytes);
    this.#log(show(this.#pieces));
  }
  override cut(): void {
    super.cut();
    this.#log(`${show(this.#pieces)}... (cut)`);
  }

  /** A copy: the upstream's buffer may be used again once it is written. */
  #keep(bytes: Buffer | string): void {
    this.#pieces.push(typeof bytes === 'string' ? bytes : Buffer.from(bytes));
  }
}

/** Joined before it is decoded: a piece may end inside a character. */
function show(pieces: readonly (Buffer | string)[]): string {
  const text = Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString();
  return text.length > maxLength ? `${text.slice(0, maxLength)}... (${text.length} characters)` : text;
}
