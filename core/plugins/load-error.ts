import { GatewayError } from '../errors/gateway-error.ts';

/** Whatever went wrong with a plugin, as an error that names it. */
export function asLoadError(plugin: string, error: unknown): GatewayError {
  if (GatewayError.is(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new GatewayError('GW_PLUGIN_LOAD', { plugin, reason }, { cause: error });
}
