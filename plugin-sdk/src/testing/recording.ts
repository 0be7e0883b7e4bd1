import type { UpstreamError } from '../canonical.ts';
import type { Json } from '../json.ts';
import type { Dialect, Operation, TranslateContext } from '../translate.ts';
import type { Frame, WireRequest } from '../wire.ts';

/** One exchange in one dialect, by hand or recorded. A law uses what is there and passes over the rest. */
export interface Recording {
  /** Shown in findings; a file name will do. */
  name: string;
  /** Default: `chat`. */
  operation?: Operation;
  request?: WireRequest;
  /** A whole reply, or an error when its status is 400 or more. */
  response?: { status: number; headers?: Record<string, string>; body: Json };
  /** The reply as a stream that ended by itself. With `response` too, both must be the same reply. */
  frames?: Frame[];
  /** What an error must be read as, where that matters. */
  error?: Partial<UpstreamError>;
  /** What differs from `testContext`. */
  context?: Partial<TranslateContext>;
}

/** A dialect under its id. */
export interface NamedDialect {
  id: string;
  dialect: Dialect;
  /** Whose signatures its provider accepts. Default: the dialect's id. */
  family?: string;
  /** Options of its provider. Default: none. */
  options?: TranslateContext['provider']['options'];
}

/** A context with a fixed clock and a model that can do everything. The family is the dialect's id unless given. */
export function testContext(dialect: string, changes: Partial<TranslateContext> = {}): TranslateContext {
  return {
    requestId: 'req_test',
    now: Date.UTC(2026, 0, 2, 3, 4, 5),
    operation: 'chat',
    model: {
      id: 'test-model',
      contextTokens: 200_000,
      maxOutputTokens: 64_000,
      input: ['text', 'image', 'audio', 'video', 'pdf'],
      output: ['text', 'image', 'audio', 'embedding'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
    config: {},
    provider: { id: 'test', family: dialect, dialect, options: {} },
    client: { dialect },
    ...changes,
  };
}
