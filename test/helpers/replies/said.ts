import type { JsonObject } from '@dragoman/plugin-sdk';

/** What a fake model says, whatever dialect it is asked in. */
export interface Said {
  /** What it thought first; signed as its service signs. */
  thought?: string;
  /** In the pieces it is streamed in. */
  text?: readonly string[];
  calls?: readonly SaidCall[];
  /** How it ends when it calls no tool; default `stop`. */
  ends?: 'stop' | 'length';
}

export interface SaidCall {
  /** Some services have none: it is not written there. */
  id: string;
  name: string;
  /** The arguments as JSON, in the pieces they are streamed in. */
  pieces: readonly string[];
}

/** A reply as one service writes it. */
export interface Writer {
  whole(said: Said, model: string): JsonObject;
  /** The stream, a frame each. */
  frames(said: Said, model: string): string[];
}

/** Tokens of every reply, as the services count them: input with what was cached, output with what was thought. */
export const tokens = { input: 9, cached: 4, output: 2, total: 11 };

export const created = 1_700_000_000;

export function textOf({ text = [] }: Said): string {
  return text.join('');
}

export function argumentsOf({ pieces }: SaidCall): string {
  return pieces.join('');
}

export function inputOf(call: SaidCall): JsonObject {
  return JSON.parse(argumentsOf(call)) as JsonObject;
}

/** A stream of events, each named after its `type`. */
export function namedFrames(events: readonly (JsonObject & { type: string })[]): string[] {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}
