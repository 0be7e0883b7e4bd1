import type { Warning } from '@dragoman/plugin-sdk';

/** What becomes of one feature on its way between a client and a provider. */
export interface Outcome {
  state: 'yes' | 'approximated' | 'impossible';
  /** How it is approximated, or why it is impossible. */
  reasons: string[];
}

export const yes: Outcome = { state: 'yes', reasons: [] };
const order = ['yes', 'approximated', 'impossible'] as const;

export function impossible(reason: string): Outcome {
  return { state: 'impossible', reasons: [reason] };
}
export function approximated(reason: string): Outcome {
  return { state: 'approximated', reasons: [reason] };
}

/** Several steps are as good as the worst of them. */
export function worst(outcomes: Outcome[]): Outcome {
  const place = Math.max(0, ...outcomes.map(({ state }) => order.indexOf(state)));
  const state = order[place] ?? 'yes';
  const reasons = outcomes.filter((outcome) => outcome.state === state).flatMap((outcome) => outcome.reasons);
  return { state, reasons: [...new Set(reasons)] };
}

/** Judges a step by what was said of it. A feature that did not arrive and was not told of is a fault, not an outcome. */
export function judge(arrived: boolean, warnings: Warning[], path: RegExp, what: string): Outcome {
  const told = warnings.filter((warning) => path.test(warning.path));
  const reasons = (list: Warning[]): string[] => [...new Set(list.map(({ message }) => message))];
  if (arrived) return told.length === 0 ? yes : { state: 'approximated', reasons: reasons(told) };
  if (told.length === 0) throw new Error(`${what} is lost without a word`);
  const isClose = told.every(({ code }) => code === 'approximated');
  return { state: isClose ? 'approximated' : 'impossible', reasons: reasons(told) };
}
