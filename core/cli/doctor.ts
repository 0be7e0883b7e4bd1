import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { LoadedConfig } from '../config/load.ts';
import type { GatewaySettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { probeState } from '../files/state-directory.ts';
import type { Snapshot } from '../plugins/snapshot.ts';
import { createKeyRing } from '../server/client-auth.ts';
import { openKeyStore } from '../server/keys/store.ts';
import { describeProblem } from './check.ts';
import type { Finding } from './finding.ts';
import { loadSnapshot } from './load-snapshot.ts';
import { checkModelLists } from './model-lists.ts';
import type { PlaceOptions } from './place.ts';
import { failedProviders } from './plugins.ts';
import { print, printJson } from './print.ts';
import { tryReach } from './reach.ts';
import { readConfig } from './read-config.ts';

interface DoctorOptions extends PlaceOptions {
  host?: string;
  port?: number;
  online?: boolean;
  json?: boolean;
}

/** Looks at everything a start needs, and at nothing else unless `online`. 1 when something is bad. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const config = await readConfig(options);
  const findings: Finding[] = [checkNode(), ...checkConfig(config), checkDataDir(config.dataDir)];
  if (config.settings !== null) {
    findings.push(await checkPort(config.settings), checkKeys(config.settings, config.dataDir));
    const loaded = await loadSnapshot(options);
    findings.push(...checkPlugins(loaded.snapshot), ...checkProviders(loaded.snapshot));
    findings.push(...checkModelLists(loaded.snapshot, config.dataDir, Date.now()));
    if (options.online) {
      const reached = [...loaded.snapshot.providers.values()]
        .filter(({ baseUrl }) => baseUrl !== '')
        .map(tryReach);
      findings.push(...(await Promise.all(reached)));
    }
    await loaded.close();
  }
  if (options.json) printJson(findings);
  else for (const { state, about, message } of findings) print(`${state.padEnd(4)}  ${about}: ${message}`);
  return findings.some(({ state }) => state === 'bad') ? 1 : 0;
}

function checkNode(): Finding {
  const major = Number.parseInt(process.versions.node, 10);
  const message = `${process.version} on ${process.platform} ${process.arch}`;
  if (major >= 26) return { state: 'good', about: 'node', message };
  if (major >= 24) return { state: 'note', about: 'node', message: `${message}; measured and tested on 26` };
  return { state: 'bad', about: 'node', message: `${message}; 24 or later is needed` };
}

function checkConfig({ problems, file }: LoadedConfig): Finding[] {
  const about = 'configuration';
  if (problems.length > 0) {
    return problems.map((problem) => ({
      state: problem.severity === 'error' ? 'bad' : 'note',
      about,
      message: describeProblem(problem),
    }));
  }
  const message = file === null ? 'no gateway.yaml: the defaults apply' : `${file} is valid`;
  return [{ state: 'good', about, message }];
}

function checkDataDir(dataDir: string): Finding {
  const about = 'state directory';
  try {
    probeState(dataDir);
  } catch (error) {
    if (GatewayError.is(error)) return { state: 'bad', about, message: error.message };
    throw error;
  }
  if (!existsSync(dataDir))
    return { state: 'good', about, message: `${dataDir} will be made by the first start` };
  if (process.platform !== 'win32' && (statSync(dataDir).mode & 0o077) !== 0) {
    return { state: 'note', about, message: `other users may look into ${dataDir}: chmod 700 ${dataDir}` };
  }
  return { state: 'good', about, message: `${dataDir} can be written` };
}

async function checkPort({ server }: GatewaySettings): Promise<Finding> {
  const about = 'port';
  const code = await new Promise<string | undefined>((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    probe.listen({ host: server.host, port: server.port, exclusive: true }, () =>
      probe.close(() => resolve(undefined)),
    );
  });
  const address = `${server.host}:${server.port}`;
  if (code === undefined) return { state: 'good', about, message: `${address} is free` };
  if (code === 'EADDRINUSE') {
    return {
      state: 'note',
      about,
      message: `${address} is in use: by a running gateway, or by something in its way`,
    };
  }
  return { state: 'bad', about, message: `${address} cannot be listened on (${code})` };
}

function checkKeys(settings: GatewaySettings, dataDir: string): Finding {
  const about = 'client keys';
  try {
    const environmentKey = process.env.DRAGOMAN_KEY;
    const ring = createKeyRing({ configured: settings.keys, environmentKey, store: openKeyStore(dataDir) });
    const [warning] = ring.warnings();
    if (warning !== undefined) return { state: 'note', about, message: warning };
    const count = ring.count();
    return {
      state: 'good',
      about,
      message: count === 0 ? 'none yet: the first start makes one' : `${count}`,
    };
  } catch (error) {
    if (GatewayError.is(error)) return { state: 'bad', about, message: error.message };
    throw error;
  }
}

function checkPlugins(snapshot: Snapshot): Finding[] {
  const findings: Finding[] = snapshot.reports
    .filter(({ state }) => state !== 'on' && state !== 'off')
    .map(({ id, state, reason }) => ({
      state: 'note',
      about: `plugin ${id}`,
      message: `${state}: ${reason}`,
    }));
  const on = snapshot.reports.filter(({ state }) => state === 'on').length;
  const message = `${on} on, ${snapshot.reports.length} found (dragoman plugins lists them)`;
  return [{ state: 'good', about: 'plugins', message }, ...findings];
}

function checkProviders(snapshot: Snapshot): Finding[] {
  const failed = failedProviders(snapshot).map(({ name, reason }): Finding => {
    return { state: 'bad', about: `provider ${name}`, message: `not on: ${reason}` };
  });
  return [...failed, ...checkCredentials(snapshot)];
}

function checkCredentials(snapshot: Snapshot): Finding[] {
  return [...snapshot.providers.values()].map((provider) => {
    const about = `provider ${provider.name}`;
    if (provider.local !== null) return { state: 'good', about, message: 'on, inside the gateway' };
    const names = provider.credentials.map((credential) => credential.label ?? credential.id);
    if (names.length > 0)
      return { state: 'good', about, message: `on (${provider.reason}), credentials: ${names.join(', ')}` };
    const hint = `set providers.${provider.name}.credentials in gateway.yaml`;
    return { state: 'bad', about, message: `on (${provider.reason}) without a credential: ${hint}` };
  });
}
