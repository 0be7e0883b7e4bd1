import type { Json } from '@dragoman/plugin-sdk';
import { EventStreamCodec, type MessageHeaders } from '@smithy/eventstream-codec';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
);

/** One message of an AWS event stream, as the service's own library writes it. */
export function eventMessage(event: string, data: Json): Buffer {
  return message(
    { ':event-type': event, ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify(data),
  );
}

/** An error the service's model knows, in the middle of a stream. */
export function exceptionMessage(exception: string, data: Json): Buffer {
  return message(
    { ':exception-type': exception, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify(data),
  );
}

/** An error its model does not know. */
export function errorMessage(code: string, text: string): Buffer {
  return message({ ':error-code': code, ':error-message': text, ':message-type': 'error' }, '');
}

export function message(headers: Record<string, string>, body: string): Buffer {
  const typed: MessageHeaders = {};
  for (const [name, value] of Object.entries(headers)) typed[name] = { type: 'string', value };
  return Buffer.from(codec.encode({ headers: typed, body: Buffer.from(body, 'utf8') }));
}
