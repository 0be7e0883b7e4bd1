import { GatewayError } from '../errors/gateway-error.ts';
import { type PackedError, type PackedPlan, unpackError } from './pool-messages.ts';
import type { Death } from './pool-threads.ts';

/** So often a call is run again whose thread was ended from outside: that is not its doing. */
export const maxKills = 10;

const costly = new WeakSet<GatewayError>();

/** True of an error that cost a thread, or all the time a call may have on one, by the plugin's doing. */
export function hasEndedThread(error: GatewayError): boolean {
  return costly.has(error);
}

/** The error in a reply. A call that ran out of time without costing its thread was stopped inside the sandbox. */
export function replyError(packed: PackedError): GatewayError {
  const error = unpackError(packed);
  if (error.code === 'GW_TRANSLATE_TIMEOUT') costly.add(error);
  return error;
}

/** Names the plugin and the function that were running when a thread died. */
export function deathError(plan: Pick<PackedPlan, 'calls'>, death: Death): GatewayError {
  const error = describeDeath(plan, death);
  if (death.cause !== 'start') costly.add(error);
  return error;
}

function describeDeath(plan: Pick<PackedPlan, 'calls'>, death: Death): GatewayError {
  const step = plan.calls[death.call] ?? plan.calls[0];
  const plugin = step?.module.plugin ?? '';
  const name = death.loading ? 'loading its code' : (step?.function ?? '');
  const { reason } = death;
  switch (death.cause) {
    case 'timeout':
      return new GatewayError('GW_TRANSLATE_TIMEOUT', {
        plugin,
        function: name,
        limit: death.loading ? death.limitMs : (step?.module.limits.timeoutMs ?? death.limitMs),
      });
    case 'memory':
      return new GatewayError('GW_TRANSLATE_LIMIT', {
        plugin,
        function: name,
        reason: `it needed more than its ${step?.module.limits.memoryMb} MB of memory (limits.memoryMb)`,
      });
    case 'exit':
      return new GatewayError('GW_TRANSLATE_FAILED', {
        plugin,
        function: name,
        reason: `it ended its thread (${reason})`,
      });
    case 'killed':
      return new GatewayError('GW_TRANSLATE_FAILED', {
        plugin,
        function: name,
        reason: `its thread was ended from outside, again and again (${reason})`,
      });
    case 'start':
      return new GatewayError('GW_TRANSLATE_FAILED', {
        plugin,
        function: name,
        reason: `no worker thread could be started (${reason})`,
      });
  }
}
