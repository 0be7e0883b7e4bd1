import type { Warning } from '@dragoman/plugin-sdk';
import type { LossMode } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';

const strictness: Record<LossMode, number> = { allow: 0, warn: 1, strict: 2 };

/** The client's `x-dragoman-loss` may only tighten what the operator set. Whoever asks for a mode there is not is told. */
export function lossMode(configured: LossMode, asked: string | undefined): LossMode {
  if (asked === undefined) return configured;
  if (asked !== 'allow' && asked !== 'warn' && asked !== 'strict') {
    const reason = `the header x-dragoman-loss must be allow, warn or strict, and is '${asked.slice(0, 40)}'`;
    throw new GatewayError('GW_CLIENT_HTTP_INVALID', { reason });
  }
  return strictness[asked] > strictness[configured] ? asked : configured;
}

/** Under `strict` a field that would be lost stops the attempt before anything is sent. */
export function refuseLoss(mode: LossMode, warnings: readonly Warning[], provider: string): void {
  if (mode !== 'strict') return;
  const lost = warnings.filter((warning) => warning.code !== 'approximated');
  if (lost.length === 0) return;
  const reason = lost.map((warning) => `${warning.path}: ${warning.message}`).join('; ');
  throw new GatewayError('GW_TRANSLATE_LOSS', { provider, reason });
}

/** Bytes of the header's value; the rest is told by `x-dragoman-warnings-total`. */
const maxHeaderBytes = 4096;

/** `x-dragoman-warnings`: a JSON array in ASCII, cut to whole entries. */
export function warningHeaders(warnings: readonly Warning[]): Record<string, string> {
  if (warnings.length === 0) return {};
  let text = '[';
  for (const { code, path, message } of warnings) {
    const entry = ascii(JSON.stringify({ code, path, message }));
    if (text.length + entry.length + 2 > maxHeaderBytes) break;
    text += text === '[' ? entry : `,${entry}`;
  }
  return { 'x-dragoman-warnings': `${text}]`, 'x-dragoman-warnings-total': String(warnings.length) };
}

function ascii(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
