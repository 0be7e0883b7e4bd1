import type { JsonObject } from '@dragoman/plugin-sdk';

/** What a program asks its client library for. */
export interface Asked {
  /** As the gateway knows it: `provider/model`. */
  model: string;
  stream: boolean;
  text: string;
  system?: string;
  /** A picture beside the text, as base64. */
  image?: string;
  /** A document beside the text, as base64. */
  pdf?: string;
  /** Offers the tool `weather`. */
  tools?: boolean;
  /** Wants an answer of this shape. */
  schema?: JsonObject;
  /** Lets the model think first. */
  reasoning?: boolean;
  signal?: AbortSignal;
  /** Called with every piece of text as it comes. */
  onText?: (piece: string) => void;
}

export interface HeardCall {
  name: string;
  input: JsonObject;
}

/** What the library makes of the answer. */
export interface Heard {
  text: string;
  /** The text as it came, piece by piece; empty when it came whole. */
  pieces: string[];
  /** What the model thought, where the library shows it. */
  thought?: string;
  calls: HeardCall[];
  usage: { input: number; output: number; cached?: number };
  /** The answer ran into its limit. */
  isCut: boolean;
  /**
   * The second turn: what the model said goes back the way this library sends it, with a result for each call; to
   * another model, where one is named.
   */
  answer(results: readonly string[], model?: string): Promise<Heard>;
}

/** An official client library, driven as its documentation shows. */
export interface Client {
  name: string;
  ask(asked: Asked): Promise<Heard>;
  /** The status of an error the library has a class of its own for; null for any other error. */
  statusOf(error: unknown): number | null;
  /** It takes documents. */
  takesPdf: boolean;
  /** It shows thoughts. */
  showsThought: boolean;
  /** It sends signatures of thoughts back. */
  echoesSignatures: boolean;
  /** Its own dialect counts what was read from the cache. */
  countsCache: boolean;
  /**
   * Its own dialect refuses to think on where another model made a call and showed no thought: nothing in the next
   * request tells that one did.
   */
  needsThought?: boolean;
  /** What it makes of the true counts of a stream of this dialect, where it does not read them as they are. */
  misreads?(counts: Heard['usage'], dialect: string): Heard['usage'];
}

/** The JSON schema of the tool `weather`, for any client. */
export const weather = {
  name: 'weather',
  description: 'Looks outside',
  schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const, description: 'A city' } },
    required: ['city'],
    additionalProperties: false,
  },
};

/** One transparent pixel. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
export const pdf = 'JVBERi0xLjQKJSVFT0YK';
