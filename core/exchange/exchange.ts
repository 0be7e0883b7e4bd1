import type { Framing, InboundRoute, Operation, ReplyIdentity } from '@dragoman/plugin-sdk';
import type { BodyStream } from '../auth/driver.ts';
import type { LossMode } from '../config/settings.ts';
import type { LoadedDialect } from '../plugins/snapshot.ts';
import type { FindRow, KeptRow } from '../replies/kept-row.ts';
import type { ReplyMemory } from '../replies/reply-memory.ts';
import type { ReplySink } from './reply-sink.ts';

/** One client request and its reply. */
export interface Exchange {
  readonly id: string;
  /** Milliseconds since the epoch; what translators see as `now`. */
  readonly now: number;
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  /** Name of the client key. */
  readonly client: string;
  /** Whose replies it may come back to; the same for one key over restarts. */
  readonly owner: string;
  readonly dialect: LoadedDialect;
  readonly route: InboundRoute;
  readonly operation: Operation;
  /** How the client wants its streams. */
  readonly framing: Framing;
  readonly method: string;
  readonly path: Record<string, string>;
  /** Without the client's key. */
  readonly query: Record<string, string>;
  /** Only those the dialect's manifest asks for. */
  readonly headers: Record<string, string>;
  /** As sent, inflated; never changed. */
  readonly body: Buffer;
  readonly contentType: string;
  readonly loss: LossMode;
  /** From `x-dragoman-provider`. */
  readonly provider: string | undefined;
  readonly sink: ReplySink;
  /** Only while a request is served whose route keeps replies. */
  readonly keeping?: Keeping;
  /** What the client's connection remembers beyond one request. */
  readonly memory?: ReplyMemory;
  /** Nothing is to be generated. */
  readonly isWarmUp?: boolean;
  /** A body that goes through as it comes and is not read into `body`: a form, or one too large to be held. */
  readonly upload?: Upload;
}

/**
 * What one exchange has to do with kept replies. Who owns which id:
 *
 * - A reply in another dialect than the client's gets its id from the gateway (`reply.id`), and only the gateway knows it.
 * - A provider that speaks the client's dialect gives its replies ids itself. If its manifest has an endpoint for
 *   `get-response` it also keeps them: such a request goes through as it is, and the gateway's copy only serves to go on
 *   at another provider. One without that endpoint keeps nothing: then the gateway says the earlier turns again.
 * - An id the gateway never saw is left to a provider of the same dialect, as it would be without a gateway; any other
 *   provider cannot know it. An id that belongs to another client key is never passed on.
 */
export interface Keeping {
  /** Set when the client may come back to the reply. */
  readonly reply: ReplyIdentity | undefined;
  /** Id of the reply the request continues. */
  readonly previous: string | undefined;
  /** That reply; null: nobody here knows it. */
  readonly last: KeptRow | 'foreign' | null;
  /** For the turns before it. */
  readonly find: FindRow;
  /** Replies it points at beside. */
  readonly referred: readonly KeptRow[];
}

/** A body on its way through: read in order, in pieces, once. */
export interface Upload {
  /** The model's name, where it stands before the first file. */
  readonly model: string | undefined;
  /** Pieces of it went to an upstream and are gone: there is no second try. */
  readonly isSpent: boolean;
  /** The body as it is to be sent, with another name for the model wherever that stands. */
  send(rename: (model: string) => string): SentUpload;
}
export interface SentUpload {
  stream: BodyStream;
  /** In bytes; undefined when it is not known before the end. */
  length: number | undefined;
}
