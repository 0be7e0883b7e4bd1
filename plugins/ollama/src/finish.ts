import type { Finish, Json } from '@dragoman/plugin-sdk';

/** The service says `stop` after calls too, so what was seen of them decides. Older servers give no reason. */
export function decodeFinish(reason: Json | undefined, hasCalls: boolean): Finish {
  const finish: Finish = { reason: 'other' };
  if (typeof reason === 'string') finish.raw = reason;
  if (finish.raw === undefined || finish.raw === 'stop') finish.reason = hasCalls ? 'tool-calls' : 'stop';
  else if (finish.raw === 'length') finish.reason = 'length';
  return finish;
}

/** `load` and `unload` answer a request without a prompt. */
const SILENT: ReadonlySet<string> = new Set(['load', 'unload']);

export function encodeFinish({ reason, raw }: Finish): string {
  switch (reason) {
    case 'length':
    case 'context-length':
      return 'length';
    case 'other':
      return raw !== undefined && SILENT.has(raw) ? raw : 'stop';
    case 'stop':
    case 'tool-calls':
    case 'content-filter':
    case 'refusal':
    case 'pause':
    case 'error':
      return 'stop';
  }
}
