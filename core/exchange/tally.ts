import type { Finish, Usage, Warning } from '@dragoman/plugin-sdk';
import type { GatewayError } from '../errors/gateway-error.ts';
import type { ExchangeRecord } from '../observe/exchange-record.ts';
import type { Exchange } from './exchange.ts';

const maxWarnings = 1_000;

/** What one exchange adds up to while it runs; becomes its log line and its share of the metrics. */
export class Tally {
  readonly record: ExchangeRecord;
  readonly warnings: Warning[] = [];
  readonly #startedAt: number;

  constructor(exchange: Exchange) {
    this.#startedAt = exchange.startedAt;
    this.record = {
      requestId: exchange.id,
      client: exchange.client,
      dialect: exchange.dialect.id,
      operation: exchange.route.endpoint ?? exchange.operation,
      model: '',
      provider: '',
      upstreamModel: '',
      attempts: 0,
      status: 200,
      stream: false,
      milliseconds: 0,
      warnings: 0,
      passThrough: false,
    };
  }

  /** An attempt starts: what an earlier one warned of does not concern this one. */
  begin(provider: string, model: string): void {
    this.record.provider = provider;
    this.record.upstreamModel = model;
    this.warnings.length = 0;
  }

  /** The head of the reply goes out. */
  firstByte(status: number): void {
    this.record.status = status;
    this.record.firstByteMs = this.#elapsed();
  }

  /** What a stream loses piece by piece counts once. */
  warn(warnings: readonly Warning[] | undefined): void {
    if (warnings === undefined) return;
    for (const warning of warnings) {
      // Each is compared with all before it, and a stream may go on warning for hours.
      if (this.warnings.length >= maxWarnings) return;
      const { code, path, message } = warning;
      const isKnown = this.warnings.some(
        (other) => other.path === path && other.code === code && other.message === message,
      );
      if (!isKnown) this.warnings.push(warning);
    }
  }

  used(usage: Usage | undefined, finish: Finish | undefined): void {
    if (usage !== undefined) {
      this.record.inputTokens = usage.inputTokens;
      this.record.outputTokens = usage.outputTokens;
      this.record.cacheReadTokens = usage.cacheReadTokens;
    }
    if (finish !== undefined) this.record.finish = finish.reason;
  }

  failed(error: GatewayError): void {
    this.record.code = error.code;
    if (isOurs(error)) this.record.reason = error.message.slice(0, maxReasonLength);
  }

  close(): ExchangeRecord {
    this.record.milliseconds = this.#elapsed();
    this.record.warnings = this.warnings.length;
    return this.record;
  }

  #elapsed(): number {
    return Math.round((performance.now() - this.#startedAt) * 100) / 100;
  }
}

const maxReasonLength = 300;

/** A client's mistake and a provider's own words may quote what was said; those stay out of the log. */
function isOurs({ origin, code }: GatewayError): boolean {
  return origin !== 'client' && code !== 'GW_UPSTREAM_STATUS';
}
