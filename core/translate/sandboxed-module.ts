/** A module that runs in the sandbox, with its instances on this thread. */
export interface SandboxedModule {
  /**
   * Sees that the next call finds an instance nobody else's exchange has touched. A promise when one has to be made
   * first; calls of one exchange may share an instance. One of a stream will be asked for again, with others in between.
   */
  ready(exchange: string, isStream?: boolean): Promise<void> | undefined;
  /**
   * Runs one call: the text of a `TranslateRequest` in, that of a `TranslateResponse` out. Throws SandboxLimit,
   * SandboxTimeout or whatever the guest trapped with; the instance is gone then, and only that.
   */
  call(request: string): string;
  /** Its functions by target, `dialect:<id>` or `provider:<id>`. */
  readonly functions: Readonly<Record<string, readonly string[]>>;
  /** Of one instance as it was when it had been loaded. */
  readonly memoryBytes: number;
  close(): void;
}

/**
 * What happens to a module's instances: `created`; `recycled`, given up after many calls, because it had grown or because
 * another exchange came; `discarded`, given up because a call failed in it.
 */
export const instanceEvents = ['created', 'recycled', 'discarded'] as const;
export type InstanceEvent = (typeof instanceEvents)[number];
export type NoteInstance = (event: InstanceEvent) => void;

/** A call that was stopped from inside, because its time was over. */
export class SandboxTimeout extends Error {
  override readonly name = 'SandboxTimeout';
}
