/** The dialect's id. */
export const DIALECT = 'cohere';
export const FAMILY = 'cohere';
