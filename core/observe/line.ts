import { styleText } from 'node:util';
import type { LogFields, LogLevel } from './level.ts';

/** One log record as one line of text, newline included. */
export type LineFormat = (
  level: LogLevel,
  time: number,
  message: string,
  fields: LogFields | undefined,
) => string;

/**
 * What JSON.stringify leaves alone but a terminal or a line reader obeys: DEL and the C1 controls (8-bit escape
 * sequences), the Unicode line ends, and the marks that turn the direction of writing.
 */
const unsafe = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const allUnsafe = new RegExp(unsafe.source, 'g');

/** One JSON object per line: `time` (ISO 8601, UTC), `level`, `message`, then the fields. */
export function formatJson(level: LogLevel, time: number, message: string, fields?: LogFields): string {
  const head = `{"time":"${isoTime(time)}","level":"${level}","message":${JSON.stringify(message)}`;
  const tail = fields === undefined ? '{}' : stringify(fields);
  return escapeUnsafe(tail === '{}' ? `${head}}\n` : `${head},${tail.slice(1)}\n`);
}

/** `12:34:56.789 info  message key=value`, for people. */
export function formatPretty(isColoured: boolean): LineFormat {
  return (level, time, message, fields) => {
    let line = `${isoTime(time).slice(11, 23)} ${colour(isColoured, level)} ${plain(message)}`;
    for (const [key, value] of Object.entries(fields ?? {})) {
      if (value === undefined || value === '') continue;
      const text = typeof value === 'string' ? word(value) : plain(stringify(value));
      const name = `${plain(key)}=`;
      line += ` ${isColoured ? styleText('dim', name, { validateStream: false }) : name}${text}`;
    }
    return `${line}\n`;
  };
}

const colours = { error: 'red', warn: 'yellow', info: 'green', debug: 'blue' } as const;

function colour(isColoured: boolean, level: LogLevel): string {
  const text = level.padEnd(5);
  return isColoured ? styleText(colours[level], text, { validateStream: false }) : text;
}

function word(value: string): string {
  return /^[\w./:@+-]+$/.test(value) ? value : escapeUnsafe(JSON.stringify(value));
}

/** Text that can do nothing to a terminal: every control character becomes its escape. */
function plain(text: string): string {
  return escapeUnsafe(text).replace(/[\u0000-\u001f]/g, unicodeEscape);
}

function escapeUnsafe(text: string): string {
  return unsafe.test(text) ? text.replace(allUnsafe, unicodeEscape) : text;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A log call must never be what fails: what JSON cannot say is written some other way. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value, needsReplacer(value) ? replaceUnprintable : undefined) ?? 'null';
  } catch {
    return stringifyEach(value);
  }
}

/** A replacer makes a line cost several times as much, and an exchange's line never needs it. */
function needsReplacer(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === 'bigint' || field instanceof Error) return true;
  }
  return value instanceof Error;
}

function replaceUnprintable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Error)) return value;
  const code = 'code' in value ? value.code : undefined;
  return { name: value.name, code, message: value.message, cause: value.cause };
}

/** One circular field must not cost the others. */
function stringifyEach(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '"(cannot be written)"';
  const fields = Object.entries(value).map(([key, field]) => {
    try {
      return `${JSON.stringify(key)}:${JSON.stringify(field, replaceUnprintable) ?? 'null'}`;
    } catch {
      return `${JSON.stringify(key)}:"(cannot be written)"`;
    }
  });
  return `{${fields.join(',')}}`;
}

let lastTime = -1;
let lastText = '';

/** Many lines share a millisecond; writing a date costs more than the rest of the line's head. */
function isoTime(time: number): string {
  if (time !== lastTime) {
    lastTime = time;
    lastText = new Date(time).toISOString();
  }
  return lastText;
}
