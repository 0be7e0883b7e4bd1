import type { Warning } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { TranslateStep } from './runner.ts';

const codes: ReadonlySet<unknown> = new Set(['dropped', 'approximated', 'unsupported']);
/** Of one call. A client is told of a few; the host keeps and compares all of them. */
const maxWarnings = 1_000;
const maxLength = 1_000;

/** What a plugin that does not ship with the gateway gave as warnings, held to their form and to a number. */
export function checkWarnings(step: TranslateStep, warnings: unknown): void {
  const { plugin } = step.module;
  const about = { plugin, function: step.function };
  if (!Array.isArray(warnings)) {
    throw new GatewayError('GW_TRANSLATE_FAILED', { ...about, reason: 'its warnings are not an array' });
  }
  if (warnings.length > maxWarnings) {
    const reason = `it gave ${warnings.length} warnings, and ${maxWarnings} are the most`;
    throw new GatewayError('GW_TRANSLATE_LIMIT', { ...about, reason });
  }
  for (const warning of warnings as unknown[]) {
    if (isWarning(warning)) continue;
    const reason = `one of its warnings is not { code, path, message } with texts of at most ${maxLength} characters`;
    throw new GatewayError('GW_TRANSLATE_FAILED', { ...about, reason });
  }
}

function isWarning(warning: unknown): warning is Warning {
  if (typeof warning !== 'object' || warning === null) return false;
  const { code, path, message } = warning as Record<string, unknown>;
  return codes.has(code) && isText(path) && isText(message);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxLength;
}
