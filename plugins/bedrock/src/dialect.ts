/** The dialect's id. */
export const DIALECT = 'bedrock-converse';
