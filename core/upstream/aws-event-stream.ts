import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import type { EventStreamCodec, MessageHeaders } from '@smithy/eventstream-codec';
import { GatewayError } from '../errors/gateway-error.ts';
import { asBuffer } from './as-buffer.ts';
import { ByteCarry } from './byte-carry.ts';
import type { FrameLimits, FrameReader, RawFrame } from './frame-reader.ts';

/** Lengths of the message and of its headers, and the checksum over both: what every message begins with. */
const preludeBytes = 12;
/** The prelude and the checksum of the message: the shortest there can be. */
const smallestMessage = preludeBytes + 4;

/**
 * Reads `application/vnd.amazon.eventstream`: a frame per message, under the name of its event. A modelled exception is a
 * frame under its own name (`throttlingException`), an unmodelled error one named `error` with `{ code, message }`. Wrong
 * checksums are GW_UPSTREAM_INVALID; a clean end inside a message is GW_UPSTREAM_TRUNCATED.
 */
export function createAwsEventStreamReader(limits: FrameLimits = {}): FrameReader {
  const codec = createCodec();
  const carry = new ByteCarry(limits);
  const { provider = '' } = limits;
  let carried = 0;
  /** Length of the message that has begun; 0 until its prelude is there. */
  let length = 0;

  function keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    carry.add(bytes);
    carried += bytes.length;
  }

  return {
    push(chunk) {
      const frames: RawFrame[] = [];
      let bytes = asBuffer(chunk);
      for (;;) {
        if (length === 0) {
          if (carried + bytes.length < preludeBytes) break;
          bytes = carry.take(bytes, bytes.length);
          carried = 0;
          length = readLength(bytes, provider);
          carry.checkLength(length);
        }
        const missing = length - carried;
        if (bytes.length < missing) break;
        frames.push(decode(codec, carry.take(bytes, missing), provider));
        bytes = bytes.subarray(missing);
        carried = 0;
        length = 0;
      }
      keep(bytes);
      return frames;
    },
    end() {
      if (carried === 0) return [];
      const reason = 'its event stream ends inside a message';
      throw new GatewayError('GW_UPSTREAM_TRUNCATED', { provider, reason });
    },
  };
}

/** Checked before the message is waited for: a wrong length would have the reader wait for what never comes. */
function readLength(bytes: Buffer, provider: string): number {
  const length = bytes.readUInt32BE(0);
  const isWhole = crc32(bytes.subarray(0, 8)) === bytes.readUInt32BE(8);
  if (isWhole && length >= smallestMessage && bytes.readUInt32BE(4) <= length - smallestMessage)
    return length;
  throw invalid(provider, 'its event stream has a message whose first bytes are damaged');
}

function decode(codec: EventStreamCodec, message: Buffer, provider: string): RawFrame {
  let headers: MessageHeaders;
  let body: Uint8Array;
  try {
    ({ headers, body } = codec.decode(message));
  } catch (cause) {
    throw invalid(provider, 'its event stream has a damaged message', cause);
  }
  const data = toUtf8(body);
  const type = text(headers, ':message-type');
  switch (type) {
    case 'event':
      return { event: text(headers, ':event-type'), data };
    case 'exception':
      return { event: text(headers, ':exception-type'), data };
    case 'error': {
      const error = { code: text(headers, ':error-code'), message: text(headers, ':error-message') };
      return { event: 'error', data: JSON.stringify(error) };
    }
    default:
      throw invalid(provider, `its event stream has a message of the unknown type '${type.slice(0, 40)}'`);
  }
}

function text(headers: MessageHeaders, name: string): string {
  const header = headers[name];
  return header?.type === 'string' ? header.value : '';
}

function invalid(provider: string, reason: string, cause?: unknown): GatewayError {
  return new GatewayError('GW_UPSTREAM_INVALID', { provider, reason }, { cause });
}

const load = createRequire(import.meta.url);
let Codec: typeof EventStreamCodec | undefined;

/** Loaded by the first stream that needs it: most gateways never see one. */
function createCodec(): EventStreamCodec {
  Codec ??= (load('@smithy/eventstream-codec') as { EventStreamCodec: typeof EventStreamCodec })
    .EventStreamCodec;
  return new Codec(toUtf8, (value) => Buffer.from(value, 'utf8'));
}

function toUtf8(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? bytes : asBuffer(bytes).toString('utf8');
}
