import { GatewayError } from '../errors/gateway-error.ts';
import type { AuthDriver } from './driver.ts';

/** One key in a header or a query parameter, where the manifest's `place` says. */
export const apiKeyDriver: AuthDriver<'api-key'> = {
  type: 'api-key',
  prepare(scheme, credential) {
    if (credential.type !== 'api-key') {
      const suggestion = `: scheme '${scheme.id}' needs a key`;
      throw new GatewayError('GW_CREDENTIAL_MISSING', { provider: credential.provider, suggestion });
    }
    const { place } = scheme;
    const value = `${place.prefix ?? ''}${credential.key.reveal()}`;
    return place.in === 'header'
      ? { headers: { [place.name.toLowerCase()]: value }, query: {} }
      : { headers: {}, query: { [place.name]: value } };
  },
};
