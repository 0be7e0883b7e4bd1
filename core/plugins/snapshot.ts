import type {
  DialectDeclaration,
  JsonObject,
  ModelDeclaration,
  ModelDiscovery,
  ModelInfo,
  PluginManifest,
  ProviderDeclaration,
} from '@dragoman/plugin-sdk';
import type { Credential } from '../auth/credential.ts';
import type { Path } from '../config/positions.ts';
import type { GatewaySettings } from '../config/settings.ts';
import type { GatewayErrorCode } from '../errors/codes.ts';
import type { ModuleRef, Runner, Tier } from '../translate/runner.ts';
import type { Origin } from './provenance.ts';

/** One accepted plugin folder. Immutable. */
export interface LoadedPlugin {
  readonly id: string;
  readonly manifest: PluginManifest;
  /** The folder it was found in. */
  readonly directory: string;
  /** SHA-256 over its files, in hex: two equal hashes are the same plugin. */
  readonly hash: string;
  readonly bundled: boolean;
  /** Null for a manifest-only plugin. */
  readonly module: ModuleRef | null;
  /** Fixtures it passed before it came into use; absent when it was not asked. */
  readonly fixtures?: number;
}

export interface LoadedDialect {
  readonly id: string;
  readonly declaration: DialectDeclaration;
  readonly plugin: LoadedPlugin;
  readonly module: ModuleRef;
  /** The plugin's config as translators see it: defaults in, `writeOnly` fields out. */
  readonly config: JsonObject;
}

/** A provider that is on, under the name the operator gave it. */
export interface LoadedProvider {
  readonly name: string;
  readonly declaration: ProviderDeclaration;
  readonly plugin: LoadedPlugin;
  readonly family: string;
  /** The dialect it speaks; '' for a local provider. */
  readonly dialect: string;
  readonly options: JsonObject;
  /** With templates filled in and no slash at the end; '' for a local provider. */
  readonly baseUrl: string;
  readonly allowPrivate: boolean;
  /** Host patterns it may be reached at. */
  readonly hosts: readonly string[];
  readonly credentials: readonly Credential[];
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: { connectMs: number; firstByteMs?: number; idleMs: number };
  readonly retries: number;
  /** As translators and templates see it: no `writeOnly` field. */
  readonly config: JsonObject;
  /** By id; aliases are in `aliases`. */
  readonly models: ReadonlyMap<string, ModelDeclaration>;
  readonly aliases: ReadonlyMap<string, string>;
  /** How to ask the service for its models; null when it may not be asked, or cannot be. */
  readonly discovery: ModelDiscovery | null;
  /** The plugin's module when it has an adapter for this provider. */
  readonly adapter: ModuleRef | null;
  /** The plugin's module when the provider is local. */
  readonly local: ModuleRef | null;
  /** Why it is on, for the first line of the log: `configured`, `ANTHROPIC_API_KEY`, `always on`. */
  readonly reason: string;
}

export type PluginState = 'on' | 'off' | 'previous' | 'failed' | 'untrusted' | 'conflict';
/** One line of `dragoman plugins`. */
export interface PluginReport {
  id: string;
  version: string;
  state: PluginState;
  tier: 'manifest' | Tier | 'none';
  bundled: boolean;
  directory: string;
  /** Whose files the folder holds now. */
  origin: Origin;
  /** Who signed them: the operator's name for the key, or its id. */
  signer?: string;
  /** What happened and why, and what to do about it. */
  reason: string;
  code?: GatewayErrorCode;
  /** What its folder holds now, where that is not in use; '' for what could not be read. */
  offered?: { version: string; hash: string };
}

/** A provider somebody asked for, under the name the operator gave it. */
export interface ProviderReport {
  name: string;
  state: 'on' | 'off' | 'failed';
  /** Why it is on or off, or what has to be put right. */
  reason: string;
}

/** Something in gateway.yaml that only the plugins can tell is wrong; never fatal. */
export interface SettingsProblem {
  severity: 'error' | 'warning';
  path: Path;
  part: 'key' | 'value';
  message: string;
  suggestion?: string;
}

/** What services listed when they were asked for their models. */
export interface FoundModels {
  /** Another one after every change. */
  readonly revision: number;
  /** As the service said it, by id; undefined where there is no list. */
  of(provider: LoadedProvider): ReadonlyMap<string, ModelInfo> | undefined;
}

/** All loaded plugins plus config, immutable, one generation. */
export interface Snapshot {
  readonly generation: number;
  readonly settings: GatewaySettings;
  readonly plugins: ReadonlyMap<string, LoadedPlugin>;
  readonly dialects: ReadonlyMap<string, LoadedDialect>;
  readonly providers: ReadonlyMap<string, LoadedProvider>;
  readonly reports: readonly PluginReport[];
  readonly providerReports: readonly ProviderReport[];
  readonly problems: readonly SettingsProblem[];
  readonly runner: Runner;
  /** The one thing a snapshot leads to that changes: lists come when services answer. Absent: nobody is asked. */
  readonly found?: FoundModels;
}

/** A request holds one for its whole life, so that it never sees half a change. */
export interface Lease {
  readonly snapshot: Snapshot;
  release(): void;
}
export interface Registry {
  lease(): Lease;
  readonly current: Snapshot;
  /** New leases see `next`; what only the old one used is closed when its last lease ends (10 minutes at most). */
  swap(next: Snapshot): void;
  close(): Promise<void>;
}
