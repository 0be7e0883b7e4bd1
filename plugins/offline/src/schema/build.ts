import type { Json } from '@dragoman/plugin-sdk';

/** Builds the smallest value that fits a schema met inside another; `undefined` where nothing fits. */
export type Build = (schema: Json | undefined, open: string[]) => Json | undefined;
