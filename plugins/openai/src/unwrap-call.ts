import type { Json } from '@dragoman/plugin-sdk';
import { isObject } from './dialect.ts';

/** The free text of a call whose tool was sent as a function with one string, `input`. */
export function unwrapCall(text: string): string {
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value) && typeof value.input === 'string') return value.input;
  } catch {
    // The model wrote something else: that is its input then.
  }
  return text;
}
