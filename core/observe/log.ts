import type { Writable } from 'node:stream';
import type { Logger, transport as Transport } from 'winston';
import { createBatch, type LineBatch } from './batch.ts';
import { type LogFields, type LogLevel, logLevels } from './level.ts';
import { formatJson, formatPretty, type LineFormat } from './line.ts';

/** The gateway's log. Calls never fail and never wait. */
export interface Log {
  /** True when debug lines are written: ask before building their fields. */
  readonly debugEnabled: boolean;
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  log(level: LogLevel, message: string, fields?: LogFields): void;
  /** Writes what was collected in this turn of the event loop. */
  flush(): void;
  /** Writes everything and lets go of the stream, which stays open. */
  close(): Promise<void>;
}

export interface LogOptions {
  /** Default `info`. */
  level?: LogLevel;
  /** Default: standard error, so that standard output is left for what a command prints. */
  stream?: Writable & { isTTY?: boolean };
  /** Readable lines; default: when `stream` is a terminal. */
  pretty?: boolean;
  /** Further winston transports, which get every line too. One that does not keep up holds back the rest. */
  transports?: Transport[];
}

/** How long winston's 40 ms of loading stay out of the way of a start. */
const winstonAfterMs = 500;

/**
 * winston is the front, with one format and one transport of our own, because its stock ones cost 5 to 12 us a line
 * (performance.md, rule 10). It is loaded some time after the first line: until then lines go straight to the batch, in
 * the same format.
 */
export function createLog(options: LogOptions = {}): Log {
  const { level: lowest = 'info', stream = process.stderr, transports = [] } = options;
  const isPretty = options.pretty ?? stream.isTTY === true;
  const format = isPretty ? formatPretty(stream.isTTY === true && !process.env.NO_COLOR) : formatJson;
  const batch = createBatch(stream, (dropped) =>
    format('warn', Date.now(), 'lines dropped: the reader of this log is too slow', { dropped }),
  );
  const limit = logLevels.indexOf(lowest);
  let front: Logger | undefined;
  const timer = setTimeout(loadFront, transports.length > 0 ? 0 : winstonAfterMs).unref();

  async function loadFront(): Promise<void> {
    front = await createFront(lowest, format, batch, transports).catch(() => undefined);
  }
  function write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (logLevels.indexOf(level) > limit) return;
    if (front === undefined) batch.append(format(level, Date.now(), message, fields));
    else front.write({ level, [levelSymbol]: level, message, fields });
  }
  return {
    debugEnabled: lowest === 'debug',
    error: (message, fields) => write('error', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    info: (message, fields) => write('info', message, fields),
    debug: (message, fields) => write('debug', message, fields),
    log: write,
    flush: () => batch.flush(),
    async close() {
      clearTimeout(timer);
      front?.close();
      front = undefined;
      await batch.close();
    },
  };
}

/** Where winston keeps a record's level and its finished line (the package triple-beam). */
const levelSymbol = Symbol.for('level');
const messageSymbol = Symbol.for('message');

async function createFront(
  level: LogLevel,
  format: LineFormat,
  batch: LineBatch,
  transports: Transport[],
): Promise<Logger> {
  const [{ default: winston }, { default: TransportStream }] = await Promise.all([
    import('winston'),
    import('winston-transport'),
  ]);
  const ours = new TransportStream({
    log(line: { [messageSymbol]: string }, next: () => void) {
      batch.append(line[messageSymbol]);
      next();
    },
  });
  const lineFormat = {
    transform(line: { level: LogLevel; message: string; fields?: LogFields; [messageSymbol]?: string }) {
      line[messageSymbol] = format(line.level, Date.now(), line.message, line.fields);
      return line;
    },
  };
  return winston.createLogger({ level, format: lineFormat as never, transports: [ours, ...transports] });
}

/** A log that writes nothing, for embedding and tests. */
export const silentLog: Log = {
  debugEnabled: false,
  error() {},
  warn() {},
  info() {},
  debug() {},
  log() {},
  flush() {},
  async close() {},
};
