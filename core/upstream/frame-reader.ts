/** One frame of a wire stream: `data` is still text. */
export interface RawFrame {
  event?: string;
  data: string;
}

/** Cuts the bytes of one stream into frames, whatever pieces they come in. */
export interface FrameReader {
  /** All frames these bytes complete. Throws GW_UPSTREAM_INVALID at a limit or a broken framing. */
  push(chunk: Uint8Array): RawFrame[];
  /** At a clean end: what is left. Never call it for a stream that was cut. */
  end(): RawFrame[];
}

export interface FrameLimits {
  /** Longest frame in bytes; default 4 MiB. */
  maxFrameBytes?: number;
  /** Configured name of the provider, for error messages. */
  provider?: string;
}
