import { GatewayError } from '../errors/gateway-error.ts';

/** Holds one secret string. Every way of printing it prints `[secret]`; only `reveal()` does not. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** Visible ASCII: anything else cannot stand in a header, and is nearly always a slip of copy and paste. */
const keyPattern = /^[\x21-\x7e]+$/;

/**
 * An API key as a person typed it. Spaces and line ends around it are dropped; what is then not visible ASCII is
 * GW_CONFIG_INVALID. The message names `place` (e.g. `providers.openai.credentials[0].key`), never the value.
 */
export function parseKey(text: string, place: string): Secret {
  const key = text.trim();
  if (keyPattern.test(key) && !isQuoted(key)) return new Secret(key);
  throw new GatewayError('GW_CONFIG_INVALID', { file: place, reason: keyFault(key) });
}

/** `docker --env-file` and others leave the quotes of a value where they are. */
export function isQuoted(key: string): boolean {
  return /^(['"]).*\1$/.test(key);
}

function keyFault(key: string): string {
  if (key === '') return 'the key is empty';
  if (/^bearer\s/i.test(key)) return 'give the key alone, without the word "Bearer"';
  if (isQuoted(key)) return 'give the key alone, without quotes around it';
  if (/\s/.test(key)) return 'the key has a space or a line end inside';
  return 'the key has a character that is not printable ASCII (a typographic quote or dash, perhaps)';
}
