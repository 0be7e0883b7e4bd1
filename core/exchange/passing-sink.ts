import type { GatewayError } from '../errors/gateway-error.ts';
import type { ReplySink } from './reply-sink.ts';

/** Passes everything on as it comes: what sinks that look at a reply on its way to the client have in common. */
export class PassingSink implements ReplySink {
  protected readonly sink: ReplySink;

  constructor(sink: ReplySink) {
    this.sink = sink;
  }

  get started(): boolean {
    return this.sink.started;
  }
  get closed(): boolean {
    return this.sink.closed;
  }
  get onDrain(): (() => void) | null {
    return this.sink.onDrain;
  }
  set onDrain(listener: (() => void) | null) {
    this.sink.onDrain = listener;
  }
  get stopped(): GatewayError | null {
    return this.sink.stopped;
  }
  get onStop(): ((why: GatewayError) => void) | null {
    return this.sink.onStop;
  }
  set onStop(listener: ((why: GatewayError) => void) | null) {
    this.sink.onStop = listener;
  }
  head(status: number, headers: Record<string, string>): void {
    this.sink.head(status, headers);
  }
  write(bytes: Buffer | string, whole: boolean): boolean {
    return this.sink.write(bytes, whole);
  }
  end(bytes?: Buffer | string): void {
    this.sink.end(bytes);
  }
  cut(): void {
    this.sink.cut();
  }
}
