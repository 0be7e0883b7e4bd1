import type { Log } from './log.ts';

/** What is kept of one finished exchange: its log line and its share of the metrics. Never contents. */
export interface ExchangeRecord {
  requestId: string;
  /** Name of the client's key; '' when the request was refused before one was known. */
  client: string;
  /** The client's dialect. */
  dialect: string;
  operation: string;
  /** As the client asked for it. */
  model: string;
  /** The provider that answered, or the last one tried; '' when none was. */
  provider: string;
  /** The id sent upstream; '' when nothing was sent. */
  upstreamModel: string;
  attempts: number;
  /** HTTP status the client got; 499 when it went away first. */
  status: number;
  /** Error code, when it failed. A stream can fail after status 200. */
  code?: string;
  /** Why, when it failed and neither the client nor the provider's own message says it. */
  reason?: string;
  stream: boolean;
  milliseconds: number;
  /** Until the first byte of the reply body was written. */
  firstByteMs?: number;
  /** Absent: unknown. All input, cached included. */
  inputTokens?: number;
  outputTokens?: number;
  cacheReadTokens?: number;
  finish?: string;
  /** How many translation warnings there were. */
  warnings: number;
  passThrough: boolean;
}

/** A client may send any text as a model's name: this much of it is worth a log line. */
const maxNameLength = 128;

/** Writes the one line of an exchange, at its end. */
export function logExchange(log: Log, record: ExchangeRecord): void {
  if (record.model.length > maxNameLength) record.model = `${record.model.slice(0, maxNameLength)}...`;
  if (record.status >= 500) log.warn('exchange', record);
  else log.info('exchange', record);
}
