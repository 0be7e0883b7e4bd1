import { GatewayError } from '../errors/gateway-error.ts';

/** The client's end of an exchange. Implemented by server/, so that nothing below it knows of HTTP servers. */
export interface ReplySink {
  /** True once the head is out: from then on there is no other attempt and no other status. */
  readonly started: boolean;
  /** True once the client is gone or the reply has ended. */
  readonly closed: boolean;
  head(status: number, headers: Record<string, string>): void;
  /** False asks the writer to pause until `onDrain` is called. `whole`: these bytes end between two frames. */
  write(bytes: Buffer | string, whole: boolean): boolean;
  end(bytes?: Buffer | string): void;
  /** Ends the connection without a proper end: the client must not take what it has for a whole reply. */
  cut(): void;
  /** Set by whoever writes; called when the client can take more. */
  onDrain: (() => void) | null;
  /** Why the reply must come to its end now, while the client is still there; null: it may go on. */
  readonly stopped: GatewayError | null;
  /** Set by whoever must stop; called when the client goes away before the end, or when the reply must end. */
  onStop: ((why: GatewayError) => void) | null;
}

/** Throws where nobody waits for the reply any more, or it must not begin: what took time before it may have missed that. */
export function requireOpen({ closed, stopped }: ReplySink): void {
  if (closed) throw new GatewayError('GW_CLIENT_ABORTED');
  if (stopped !== null) throw stopped;
}
