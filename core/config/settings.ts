import type { JsonObject } from '@dragoman/plugin-sdk';
import type { GatewayErrorCode } from '../errors/codes.ts';
import type { Secret } from './secret.ts';

/** What `gateway.yaml` says, after references were resolved and defaults filled in. Times in the unit of their name. */
export interface GatewaySettings {
  server: {
    host: string;
    port: number;
    drainSeconds: number;
    maxBodyMb: number;
    /** Multipart bodies, which go through in pieces. */
    maxUploadMb: number;
    /** Request bytes held at once over all clients; above it 503. */
    maxInFlightMb: number;
    /** Comment line in a silent stream; 0 = none. */
    keepAliveSeconds: number;
    /** Origins allowed to call from a browser. */
    cors: string[];
  };
  plugins: {
    /** Absolute paths. */
    dirs: string[];
    mode: 'drop-in' | 'locked';
    trust: Record<string, 'inline' | 'worker' | 'sandbox'>;
    /** Public keys, by the operator's name for them. */
    trustedKeys: Record<string, string>;
    /** Load nothing that does not ship with the gateway and is not signed by one of them. */
    requireSignature: boolean;
    /** Blocks of plugins that have no provider, by plugin id. */
    config: Record<string, JsonObject>;
    /** What a new version has to show before it comes into use. */
    canary: { enabled: boolean; timeoutMs: number };
    breaker: BreakerSettings;
  };
  keys: { name: string; key: Secret }[];
  /** By configured name; undefined when the file has no `providers` key: then the environment decides. */
  providers: Record<string, ProviderSettings> | undefined;
  routes: { model: string; to: string[] }[];
  translation: {
    /** Bodies up to this run on the main thread; 0 sends everything to the pool. */
    inlineBelowKb: number;
    loss: LossMode;
    /** In pass-through, ask the upstream for usage and hide the extra frame. */
    askUsage: boolean;
    /** Worker threads; default: cores - 1, at least 1. */
    workers?: number;
  };
  replies: { keep: boolean; retentionDays: number; maxMb: number };
  observe: { metrics: 'keys' | 'open'; bodies: boolean };
}
/** When calls of a plugin that fail have a consequence. */
export interface BreakerSettings {
  enabled: boolean;
  /** How far back calls count. */
  windowSeconds: number;
  /** Fewer calls in the window say nothing. */
  minCalls: number;
  /** Share of the calls that must fail, from 0 to 1. */
  errorShare: number;
  /** How long after a swap the version before may come back; 0: never. */
  rollbackSeconds: number;
  /** So many calls that had to be stopped pause a plugin. */
  maxKills: number;
  pauseSeconds: number;
}
export type LossMode = 'allow' | 'warn' | 'strict';

export interface ProviderSettings {
  /** The provider id of a plugin; default: the configured name. */
  use: string;
  enabled: boolean;
  baseUrl?: string;
  allowPrivate: boolean;
  credentials: ConfiguredCredential[];
  /** Ids, or ids with figures, beside those of the manifest. */
  models: (string | (JsonObject & { id: string }))[];
  /** May the service be asked for its models. */
  discover: boolean;
  headers: Record<string, string>;
  timeouts: { connectMs: number; firstByteMs?: number; idleMs: number };
  retries: number;
  config: JsonObject;
}

/** A key, or the keys of an AWS account: one of the two is there. */
export interface ConfiguredCredential {
  name: string;
  /** Id of the auth scheme it is for; absent: the first that takes it. */
  scheme?: string;
  key?: Secret;
  aws?: { accessKeyId: string; secretAccessKey: Secret; sessionToken?: Secret };
}

/** Where a message about the configuration points. Lines and columns count from 1. */
export interface ConfigProblem {
  severity: 'error' | 'warning';
  code: GatewayErrorCode;
  file: string;
  line?: number;
  column?: number;
  /** Dotted path of the key, e.g. `providers.anthropic.baseUrl`. */
  path: string;
  message: string;
  /** The nearest valid name or what to write instead. */
  suggestion?: string;
}
