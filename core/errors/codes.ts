/** Who has to act: the caller, the operator of this gateway, the author of a plugin, or the provider. */
export type ErrorOrigin = 'client' | 'gateway' | 'plugin' | 'upstream';
export interface ErrorDefinition {
  /** HTTP status towards the client, unless an upstream's own status is kept. */
  status: number;
  origin: ErrorOrigin;
  /** May the next attempt of a route be tried? `kind`: the upstream error's kind decides. */
  retryable: boolean | 'kind';
  message: string;
}

/** Every error the gateway can raise. The code is the contract; messages may improve. */
export const errorCodes = {
  GW_CONFIG_INVALID: {
    status: 500,
    origin: 'gateway',
    retryable: false,
    message: '{file} is not valid: {reason}',
  },
  GW_CONFIG_REFERENCE_MISSING: {
    status: 500,
    origin: 'gateway',
    retryable: false,
    message: '{file}: {reference} is not set ({path})',
  },
  GW_STATE_LOCKED: {
    status: 500,
    origin: 'gateway',
    retryable: false,
    message: '{directory} is in use by process {pid}; stop it or give this one another --data directory',
  },
  GW_STATE_UNUSABLE: {
    status: 500,
    origin: 'gateway',
    retryable: false,
    message:
      'the state directory {directory} cannot be used: {reason}; put that right or give another one with --data',
  },
  GW_LISTEN_FAILED: {
    status: 500,
    origin: 'gateway',
    retryable: false,
    message: 'cannot listen on {host}:{port}: {reason}',
  },
  GW_PLUGIN_MANIFEST_INVALID: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}': {file} is not valid: {reason}",
  },
  GW_PLUGIN_INCOMPATIBLE: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}' does not fit this gateway: {reason}",
  },
  GW_PLUGIN_CONFLICT: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}' clashes with '{other}': {reason}",
  },
  GW_PLUGIN_NOT_TRUSTED: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}' is not trusted: {reason}",
  },
  GW_PLUGIN_INTEGRITY: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}' is not what was accepted: {reason}",
  },
  GW_PLUGIN_PERMISSION: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}' asks for what it may not have: {reason}",
  },
  GW_PLUGIN_LOAD: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}' could not be loaded: {reason}",
  },
  GW_PLUGIN_CANARY: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message: "Plugin '{plugin}': version {version} does not pass its own fixtures: {reason}",
  },
  GW_PLUGIN_ROLLED_BACK: {
    status: 500,
    origin: 'plugin',
    retryable: false,
    message:
      "Plugin '{plugin}': version {version} was taken back: {reason}; it is not tried again until its folder changes",
  },
  GW_TRANSLATE_INPUT_INVALID: { status: 400, origin: 'client', retryable: false, message: '{reason}' },
  GW_TRANSLATE_UNSUPPORTED: { status: 422, origin: 'client', retryable: true, message: '{reason}' },
  GW_TRANSLATE_LOSS: {
    status: 422,
    origin: 'client',
    retryable: true,
    message:
      'The request cannot be carried to {provider} without loss, and strict translation was asked for: {reason}',
  },
  GW_TRANSLATE_FAILED: {
    status: 502,
    origin: 'plugin',
    retryable: true,
    message: "Plugin '{plugin}' failed in {function}: {reason}",
  },
  GW_TRANSLATE_TIMEOUT: {
    status: 502,
    origin: 'plugin',
    retryable: true,
    message: "Plugin '{plugin}' took longer than {limit} ms in {function}",
  },
  GW_TRANSLATE_LIMIT: {
    status: 502,
    origin: 'plugin',
    retryable: true,
    message: "Plugin '{plugin}' used more than its limit in {function}: {reason}",
  },
  GW_TRANSLATE_BUSY: {
    status: 503,
    origin: 'gateway',
    retryable: true,
    message: 'All translation workers are busy; try again shortly',
  },
  GW_TRANSLATE_PAUSED: {
    status: 503,
    origin: 'plugin',
    retryable: true,
    message: "Plugin '{plugin}' is not asked for {seconds} s: {reason}",
  },
  GW_ROUTE_NO_MODEL: {
    status: 404,
    origin: 'client',
    retryable: false,
    message: "No provider has a model named '{model}'{suggestion}",
  },
  GW_ROUTE_AMBIGUOUS_MODEL: {
    status: 400,
    origin: 'client',
    retryable: false,
    message: "Several providers have a model named '{model}': ask for one of {candidates}",
  },
  GW_ROUTE_PROVIDER_NEEDED: { status: 400, origin: 'client', retryable: false, message: '{reason}' },
  GW_ROUTE_NONE_AVAILABLE: {
    status: 503,
    origin: 'gateway',
    retryable: true,
    message: "No provider can serve '{model}' now: {reason}",
  },
  GW_CLIENT_UNAUTHENTICATED: {
    status: 401,
    origin: 'client',
    retryable: false,
    message:
      'Missing or unknown gateway key. Send one as "Authorization: Bearer KEY", "x-api-key: KEY", "x-goog-api-key: KEY" or "?key=KEY"',
  },
  GW_CLIENT_BODY_INVALID: { status: 400, origin: 'client', retryable: false, message: '{reason}' },
  GW_CLIENT_BODY_TOO_LARGE: {
    status: 413,
    origin: 'client',
    retryable: false,
    message: 'The request body is larger than {limit} MB ({setting})',
  },
  GW_CLIENT_HTTP_INVALID: {
    status: 400,
    origin: 'client',
    retryable: false,
    message: 'The request cannot be served: {reason}',
  },
  GW_CLIENT_HEADERS_TOO_LARGE: {
    status: 431,
    origin: 'client',
    retryable: false,
    message: 'The headers of the request are larger than 16 KB together',
  },
  GW_CLIENT_TOO_SLOW: {
    status: 408,
    origin: 'client',
    retryable: false,
    message: 'The request did not arrive in time: its headers may take 10 s, its body 5 minutes',
  },
  GW_CLIENT_ABORTED: {
    status: 499,
    origin: 'client',
    retryable: false,
    message: 'The client went away before the answer was complete',
  },
  GW_REPLY_UNKNOWN: {
    status: 404,
    origin: 'client',
    retryable: false,
    message: "Response with id '{id}' not found: {reason}",
  },
  GW_REPLY_PREVIOUS_UNKNOWN: {
    status: 400,
    origin: 'client',
    retryable: true,
    message: "Previous response with id '{id}' not found: {reason}",
  },
  GW_CREDENTIAL_MISSING: {
    status: 502,
    origin: 'gateway',
    retryable: true,
    message: "No credential is configured for provider '{provider}'{suggestion}",
  },
  GW_UPSTREAM_REFUSED_HOST: {
    status: 502,
    origin: 'plugin',
    retryable: true,
    message: "Provider '{provider}' may not be reached at {host}: {reason}",
  },
  GW_UPSTREAM_CONNECT: {
    status: 502,
    origin: 'upstream',
    retryable: true,
    message: "Cannot connect to provider '{provider}' at {host}: {reason}",
  },
  GW_UPSTREAM_TIMEOUT: {
    status: 504,
    origin: 'upstream',
    retryable: true,
    message: "Provider '{provider}' sent nothing for {limit} ms ({phase})",
  },
  GW_UPSTREAM_STATUS: {
    status: 502,
    origin: 'upstream',
    retryable: 'kind',
    message: '{reason}',
  },
  GW_UPSTREAM_TRUNCATED: {
    status: 502,
    origin: 'upstream',
    retryable: true,
    message: "Provider '{provider}' broke off its answer: {reason}",
  },
  GW_UPSTREAM_INVALID: {
    status: 502,
    origin: 'upstream',
    retryable: true,
    message: "Provider '{provider}' sent an answer that cannot be read: {reason}",
  },
  GW_UPSTREAM_REDIRECT: {
    status: 502,
    origin: 'upstream',
    retryable: true,
    message:
      "Provider '{provider}' answered with a redirect ({status}), which is never followed: check its baseUrl",
  },
  GW_SERVER_NO_ROUTE: { status: 404, origin: 'client', retryable: false, message: '{reason}' },
  GW_SERVER_METHOD: {
    status: 405,
    origin: 'client',
    retryable: false,
    message: '{method} is not served at {path}; use {allow}',
  },
  GW_SERVER_DRAINING: {
    status: 503,
    origin: 'gateway',
    retryable: false,
    message: 'The gateway is shutting down; try again shortly',
  },
  GW_SERVER_OVERLOADED: {
    status: 503,
    origin: 'gateway',
    retryable: true,
    message: 'The gateway holds as many request bytes as it may; try again shortly',
  },
  GW_INTERNAL: {
    status: 500,
    origin: 'gateway',
    retryable: false,
    message: 'The gateway failed on this request; its log has the details under request id {requestId}',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type GatewayErrorCode = keyof typeof errorCodes;
