import type { Normaliser } from '@dragoman/plugin-sdk';

/** Every body comes back from its round trip as it was. */
export const normalise: Normaliser = {
  normaliseRequest: (body) => body,
  normaliseResponse: (body) => body,
};
