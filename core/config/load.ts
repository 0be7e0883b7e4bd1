import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { GatewayError } from '../errors/gateway-error.ts';
import { buildSettings, type ValidConfig } from './build-settings.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { explainFaults } from './explain-faults.ts';
import { literalKeyProblems } from './literal-keys.ts';
import { type Locate, type Path, readLocated } from './positions.ts';
import { namesAllowedAt } from './read-schema.ts';
import { type Resolved, resolveReferences } from './references.ts';
import type { ConfigProblem, GatewaySettings } from './settings.ts';
import { showSuggestion } from './suggest.ts';
import { validateConfig } from './validate-config.ts';

export interface LoadConfigOptions {
  /** `--config`: must exist. Default: `gateway.yaml` in `cwd`, if it is there. */
  file?: string;
  /** Configuration already in memory, instead of a file. */
  value?: unknown;
  cwd: string;
  env: Environment;
  /** `--data`. Default: `.dragoman` beside the file, else in `cwd`. */
  dataDir?: string;
  overrides?: { host?: string; port?: number };
  /** What is in use: a file of it that is gone, or empty all of a sudden, is a save that was cut short, and an error. */
  before?: Pick<LoadedConfig, 'file' | 'isEmpty'>;
}
export interface LoadedConfig {
  /** Null when there is at least one error in `problems`. */
  settings: GatewaySettings | null;
  /** The file that was read. */
  file: string | null;
  /** There is nothing in the file, not even a comment. */
  isEmpty: boolean;
  /** Files whose change may change the result, there or not. */
  watch: string[];
  problems: ConfigProblem[];
  /** Absolute. */
  dataDir: string;
  /** The process's variables with those of `.env`. */
  environment: Environment;
  /** Equal for two loads that gave the same. Tells nothing of the secrets in it. */
  fingerprint: string;
  /** Where something stands in the file. */
  locate: Locate;
}

const maxBytes = 1024 * 1024;

/** Reads and checks the configuration. Reports every problem, not only the first; throws nothing for what a person wrote. */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const { cwd, env, overrides = {}, before } = options;
  const standard = resolve(cwd, 'gateway.yaml');
  const named = options.file ?? before?.file ?? undefined;
  const wanted = options.value !== undefined ? null : resolve(cwd, named ?? standard);
  const file = wanted !== null && (named !== undefined || existsSync(wanted)) ? wanted : null;
  const directory = file === null ? resolve(cwd) : dirname(file);
  const envFile = join(directory, '.env');
  const environment = readEnvironment(envFile, env);
  const name = file ?? '(options)';
  const problems: ConfigProblem[] = [];
  const text = readText(file, problems, before?.isEmpty === false && before.file !== null);
  const isEmpty = text?.trim() === '';
  const document =
    text === null ? { value: options.value ?? {}, faults: [], locate: nowhere } : await readLocated(text);
  const report = (
    path: Path,
    part: 'key' | 'value',
    problem: Pick<ConfigProblem, 'message' | 'suggestion'> & Partial<ConfigProblem>,
  ): void => {
    problems.push({
      severity: 'error',
      code: 'GW_CONFIG_INVALID',
      file: name,
      ...document.locate(path, part),
      path: showPath(path),
      ...problem,
    });
  };
  for (const { line, column, message } of document.faults) {
    problems.push({
      severity: 'error',
      code: 'GW_CONFIG_INVALID',
      file: name,
      line,
      column,
      path: '',
      message,
    });
  }
  const resolved = resolveReferences(document.value ?? {}, { environment, directory });
  for (const { path, ...fault } of resolved.faults) report(path, 'value', fault);
  const faults = document.faults.length > 0 ? [] : await validateConfig(resolved);
  for (const { path, part, message, suggestion } of explainFaults(faults, resolved.value, (at) =>
    namesAllowedAt('gateway', at),
  )) {
    if (isBlanked(path, resolved)) continue;
    report(path, part, suggestion === undefined ? { message } : { message, suggestion });
  }
  for (const { path, ...problem } of literalKeyProblems(document.value, resolved))
    report(path, 'value', problem);
  const settings = problems.some(isError) ? null : finish(resolved.value as ValidConfig, directory, report);
  const dataDir = resolve(cwd, options.dataDir ?? join(directory, '.dragoman'));
  if (settings !== null) Object.assign(settings.server, definedOnly(overrides));
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([resolved.value, overrides, dataDir, Object.entries(environment).sort()]))
    .digest('hex');
  return {
    settings: problems.some(isError) ? null : settings,
    file,
    isEmpty,
    watch: [...(wanted === null ? [] : [wanted]), envFile, ...resolved.files],
    problems,
    dataDir,
    environment,
    fingerprint,
    locate: document.locate,
  };
}

/** The settings, or GW_CONFIG_INVALID with every error in its message. */
export function requireSettings(config: LoadedConfig): GatewaySettings {
  if (config.settings !== null) return config.settings;
  const errors = config.problems.filter(isError);
  const code = errors.every((each) => each.code === 'GW_CONFIG_REFERENCE_MISSING')
    ? 'GW_CONFIG_REFERENCE_MISSING'
    : 'GW_CONFIG_INVALID';
  const first = errors[0];
  const reason = errors.map(showProblem).join('\n');
  throw new GatewayError(code, {
    file: config.file ?? '(options)',
    reason,
    reference: first?.message ?? '',
    path: first?.path ?? '',
  });
}

/** `12:3 providers.x.bsaeUrl: unknown key (did you mean 'baseUrl'?)`: one line. */
export function showProblem(problem: ConfigProblem): string {
  const at = problem.line === undefined ? '' : `${problem.line}:${problem.column ?? 1} `;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  return `${at}${path}${problem.message}${showSuggestion(problem.suggestion)}`;
}

export function showPath(path: Path): string {
  return path.reduce<string>((shown, part) => {
    if (typeof part === 'number' || /^\d+$/.test(part)) return `${shown}[${part}]`;
    return shown === '' ? part : `${shown}.${part}`;
  }, '');
}

function isError(problem: ConfigProblem): boolean {
  return problem.severity === 'error';
}

function nowhere(): undefined {
  return undefined;
}

function readText(file: string | null, problems: ConfigProblem[], mustHold: boolean): string | null {
  if (file === null) return null;
  const refuse = (message: string): null => {
    problems.push({ severity: 'error', code: 'GW_CONFIG_INVALID', file, path: '', message });
    return null;
  };
  try {
    const stats = statSync(file);
    // A pipe nobody writes to would hold up everything.
    if (!stats.isFile()) return refuse(stats.isDirectory() ? 'is a folder, not a file' : 'is not a file');
    if (stats.size > maxBytes) return refuse('is larger than 1 MiB');
    const bytes = readFileSync(file);
    if (!isUtf8(bytes)) return refuse('is not UTF-8');
    const text = bytes.toString('utf8');
    if (mustHold && text.trim() === '') return refuse('is empty; {} in it would ask for the defaults');
    return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return refuse(code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown error'})`);
  }
}

/** A reference that could not be resolved left an empty string: that it is empty is not worth a second message. */
function isBlanked(path: Path, resolved: Resolved): boolean {
  return resolved.faults.some((fault) => fault.path.join('.') === path.join('.'));
}

function finish(
  config: ValidConfig,
  directory: string,
  report: (path: Path, part: 'key' | 'value', problem: { message: string }) => void,
): GatewaySettings {
  const { settings, faults } = buildSettings(config, directory);
  for (const { path, part, message } of faults) report(path, part, { message });
  return settings;
}

function definedOnly(overrides: { host?: string; port?: number }): { host?: string; port?: number } {
  // An empty host would be all addresses.
  const isGiven = (value: unknown): boolean => value !== undefined && value !== '';
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => isGiven(value)));
}
