import type { AuthDriver } from './driver.ts';

const nothing = { headers: {}, query: {} };

/** For servers that ask for no key, such as a local Ollama. */
export const noneDriver: AuthDriver<'none'> = {
  type: 'none',
  prepare: () => nothing,
};
