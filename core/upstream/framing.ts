import { GatewayError } from '../errors/gateway-error.ts';
import { asBuffer } from './as-buffer.ts';
import { createAwsEventStreamReader } from './aws-event-stream.ts';
import { ByteCarry } from './byte-carry.ts';
import type { FrameLimits, FrameReader } from './frame-reader.ts';
import { createJsonArrayReader } from './json-array.ts';
import { createNdjsonReader } from './ndjson.ts';
import { createSseReader } from './sse.ts';

/** By the manifest's word for it. */
const readers: ReadonlyMap<string, (limits?: FrameLimits) => FrameReader> = new Map([
  ['sse', createSseReader],
  ['ndjson', createNdjsonReader],
  ['aws-event-stream', createAwsEventStreamReader],
  ['json-array', createJsonArrayReader],
  ['json', createWholeReader],
]);

/** Called when a plugin is loaded: GW_PLUGIN_INCOMPATIBLE for a framing this gateway cannot read. */
export function checkFraming(plugin: string, framing: string): void {
  if (readers.has(framing)) return;
  throw new GatewayError('GW_PLUGIN_INCOMPATIBLE', {
    plugin,
    reason: `framing '${framing}' is not one this gateway reads (${[...readers.keys()].join(', ')})`,
  });
}

/** A reader for one stream; keep it as long as the stream lasts. */
export function createFrameReader(framing: string, limits?: FrameLimits): FrameReader {
  const create = readers.get(framing);
  if (create !== undefined) return create(limits);
  throw new GatewayError('GW_UPSTREAM_INVALID', {
    provider: limits?.provider ?? '',
    reason: `no reader for framing '${framing}'`,
  });
}

/** The whole body is one frame. */
function createWholeReader(limits: FrameLimits = {}): FrameReader {
  const carry = new ByteCarry({ maxFrameBytes: 64 * 1024 * 1024, ...limits });
  return {
    push(chunk) {
      if (chunk.length > 0) carry.add(asBuffer(chunk));
      return [];
    },
    end() {
      const data = carry.takeAll().toString('utf8').trim();
      return data === '' ? [] : [{ data }];
    },
  };
}
