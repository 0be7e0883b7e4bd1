import type { Operation } from '@dragoman/plugin-sdk';
import type { Credential } from '../auth/credential.ts';
import type { AuthScheme } from '../auth/driver.ts';
import { prepareHeaders } from '../auth/drivers.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedProvider } from '../plugins/snapshot.ts';
import { type Endpoint, type PreparedEndpoint, prepareEndpoint } from '../upstream/request.ts';
import { fillTemplate } from '../upstream/template.ts';

type Prepared = Map<string, PreparedEndpoint>;
/** Addresses and headers by provider and credential: both live as long as their snapshot. */
const prepared = new WeakMap<LoadedProvider, Map<Credential, Prepared>>();

/**
 * The endpoint that serves an operation, or the one an encoder asked for by name; GW_TRANSLATE_UNSUPPORTED when the
 * provider has none. Made on first use: afterwards two map look-ups.
 */
export function endpointFor(
  provider: LoadedProvider,
  credential: Credential,
  operation: Operation,
  name: string | undefined,
): PreparedEndpoint {
  let ofProvider = prepared.get(provider);
  if (ofProvider === undefined) {
    ofProvider = new Map();
    prepared.set(provider, ofProvider);
  }
  let ofCredential = ofProvider.get(credential);
  if (ofCredential === undefined) {
    ofCredential = new Map();
    ofProvider.set(credential, ofCredential);
  }
  const key = name ?? `operation ${operation}`;
  let endpoint = ofCredential.get(key);
  if (endpoint === undefined) {
    endpoint = prepareEndpoint(
      provider,
      findEndpoint(provider, operation, name),
      authOf(provider, credential),
    );
    ofCredential.set(key, endpoint);
  }
  return endpoint;
}

/** What a provider may offer in place of an operation it does not have. */
const substitute: Partial<Record<Operation, Operation>> = { 'batch-embed': 'embed' };

function servingEndpoint(
  endpoints: Record<string, Endpoint>,
  operation: Operation | undefined,
): Endpoint | undefined {
  return Object.values(endpoints).find((endpoint) => endpoint.operation === operation);
}

function findEndpoint(provider: LoadedProvider, operation: Operation, name: string | undefined) {
  const endpoints = provider.declaration.endpoints ?? {};
  const found =
    name === undefined
      ? (servingEndpoint(endpoints, operation) ?? servingEndpoint(endpoints, substitute[operation]))
      : Object.hasOwn(endpoints, name)
        ? endpoints[name]
        : undefined;
  if (found !== undefined) return found;
  throw new GatewayError('GW_TRANSLATE_UNSUPPORTED', {
    reason: `Provider '${provider.name}' does not offer '${name ?? operation}'`,
  });
}

/** A region is part of a host name too, so what cannot stand there is refused here. */
function fillScheme(scheme: AuthScheme, { config, name }: LoadedProvider): AuthScheme {
  if (scheme.type !== 'aws-sigv4') return scheme;
  return { ...scheme, region: fillTemplate(scheme.region, config, 'host', name) };
}

function authOf(provider: LoadedProvider, credential: Credential) {
  const schemes = provider.declaration.auth ?? [];
  const scheme = schemes.find((each) => each.id === credential.scheme);
  if (scheme !== undefined) return prepareHeaders(fillScheme(scheme, provider), credential);
  throw new GatewayError('GW_CREDENTIAL_MISSING', {
    provider: provider.name,
    suggestion: `: credential '${credential.id}' is for scheme '${credential.scheme}', which the provider does not have`,
  });
}
