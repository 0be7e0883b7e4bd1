export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export const logLevels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];
/** Named values beside the message: ids, counts, times. Never headers or bodies. */
export type LogFields = object;
