export type * from './canonical.ts';
export type * from './json.ts';
export * from './translate.ts';
export type * from './wire.ts';
