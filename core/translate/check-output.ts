import { createRequire } from 'node:module';
import type { Json, TranslateFunction } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { ValidationError, Validator } from '../generated/validator.ts';
import { type Fault, findNonJson } from './find-non-json.ts';
import type { TranslateStep } from './runner.ts';

const load = createRequire(import.meta.url);
let validators: Record<TranslateFunction, Validator<Json>> | undefined;

/**
 * Holds a step's output to the schema its function promises, so that a plugin's mistake is reported where it was made
 * and not by the next plugin that trips over it. Called only for modules with `checked`; the validators, 300 KB of code,
 * are loaded by the first such call.
 */
export function checkOutput(step: TranslateStep, output: Json): void {
  if (output === undefined) {
    throw failure(step, { path: '', reason: 'is missing: translators return { output }, never a promise' });
  }
  const validate = loadValidators()[step.function];
  // First what JSON cannot carry: a validator would follow an object that contains itself for ever.
  const fault = findNonJson(output) ?? (validate(output) ? undefined : schemaFault(validate.errors ?? []));
  if (fault !== undefined) throw failure(step, fault);
}

/** Loads them ahead of the first call that needs them. */
export function loadValidators(): Record<TranslateFunction, Validator<Json>> {
  validators ??= load('../generated/validate-outputs.js') as Record<TranslateFunction, Validator<Json>>;
  return validators;
}

/** The first error that says something: a choice that failed only says that none of its branches fits. */
function schemaFault(errors: readonly ValidationError[]): Fault {
  const error = errors.find(({ keyword }) => keyword !== 'oneOf' && keyword !== 'anyOf') ?? errors[0];
  const { instancePath: path = '', message = 'has the wrong form', params = {} } = error ?? {};
  const extra = params.additionalProperty ?? params.unevaluatedProperty;
  const allowed = Array.isArray(params.allowedValues) ? ` (${params.allowedValues.join(', ')})` : '';
  return { path, reason: typeof extra === 'string' ? `${message} ('${extra}')` : message + allowed };
}

function failure(step: TranslateStep, fault: Fault): GatewayError {
  const path = fault.path.slice(0, 200);
  return new GatewayError('GW_TRANSLATE_FAILED', {
    plugin: step.module.plugin,
    function: step.function,
    reason: `its output ${path === '' ? '' : `at ${path} `}${fault.reason}`,
    path,
  });
}
