import { GatewayError } from '../errors/gateway-error.ts';
import { apiKeyDriver } from './api-key.ts';
import { awsSigV4Driver } from './aws-sigv4.ts';
import type { Credential } from './credential.ts';
import type { AuthDriver, AuthScheme, PreparedAuth } from './driver.ts';
import { noneDriver } from './none.ts';

/** By the `type` of a scheme. A type of the manifest that is missing here cannot be used by this gateway. */
const drivers: ReadonlyMap<string, AuthDriver> = new Map<string, AuthDriver>([
  [noneDriver.type, noneDriver as AuthDriver],
  [apiKeyDriver.type, apiKeyDriver as AuthDriver],
  [awsSigV4Driver.type, awsSigV4Driver as AuthDriver],
]);

export function isUsableScheme(scheme: AuthScheme): boolean {
  return drivers.has(scheme.type);
}

/**
 * The schemes of a provider that this gateway can use, in the manifest's order; called when a plugin is loaded.
 * GW_PLUGIN_INCOMPATIBLE when it lists schemes and none of them is usable.
 */
export function usableSchemes(
  plugin: string,
  provider: string,
  schemes: readonly AuthScheme[],
): AuthScheme[] {
  const usable = schemes.filter(isUsableScheme);
  if (usable.length > 0 || schemes.length === 0) return usable;
  const listed = schemes.map((scheme) => `'${scheme.id}' (${scheme.type})`).join(', ');
  throw new GatewayError('GW_PLUGIN_INCOMPATIBLE', {
    plugin,
    reason: `provider '${provider}' can only be logged in to with ${listed}; this gateway has ${[...drivers.keys()].join(' and ')}`,
  });
}

/** What one provider and credential add to requests; computed once, then used for every one. */
export function prepareHeaders(scheme: AuthScheme, credential: Credential): PreparedAuth {
  const driver = drivers.get(scheme.type);
  if (driver === undefined) {
    throw new GatewayError('GW_PLUGIN_INCOMPATIBLE', {
      plugin: credential.provider,
      reason: `auth scheme '${scheme.id}' is of type ${scheme.type}, which this gateway does not have`,
    });
  }
  return driver.prepare(scheme, credential);
}
