import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { failWith } from './report-error.ts';

export interface FetchedPackage {
  archive: Buffer;
  /** `npm:NAME@VERSION`. */
  source: string;
}

/** A name with, if one is asked for, a version, range or tag: nothing npm would take for a path, a URL or an alias. */
const packageSpec = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*(@[\w.+~^*-]+)?$/;
const maxNameLength = 214;
const timeoutMs = 120_000;

export function isPackageSpec(text: string): boolean {
  return packageSpec.test(text) && !text.startsWith('-') && text.length <= maxNameLength + 64;
}

/**
 * Fetches a package as the user's own npm would, with its registry, login and integrity check; runs none of the package's
 * scripts and installs nothing.
 */
export async function fetchPackage(spec: string): Promise<FetchedPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-npm-'));
  try {
    const [pack] = JSON.parse(await runNpm(spec, folder)) as { name?: unknown; version?: unknown }[];
    const archives = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    const [archive] = archives;
    if (archive === undefined || archives.length !== 1) throw failWith(`npm gave no archive of ${spec}`);
    const found = `${String(pack?.name)}@${String(pack?.version)}`;
    return {
      archive: readFileSync(join(folder, archive)),
      source: `npm:${isPackageSpec(found) ? found : spec}`,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runNpm(spec: string, folder: string): Promise<string> {
  const argv = [
    'pack',
    '--ignore-scripts',
    '--json',
    '--loglevel=error',
    `--pack-destination=${folder}`,
    '--',
    spec,
  ];
  const isWindows = process.platform === 'win32';
  try {
    const { stdout } = await promisify(execFile)(isWindows ? 'npm.cmd' : 'npm', argv, {
      // Not where the command was called: a project's .npmrc there has no say in what the gateway runs.
      cwd: folder,
      timeout: timeoutMs,
      maxBuffer: 4 * 1024 * 1024,
      // Windows runs .cmd files only so; every argument is ours or has passed the pattern above.
      shell: isWindows,
    });
    return stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw failWith('npm is not there to fetch it with', 'give a folder or a .tgz instead');
    throw failWith(`npm could not fetch ${spec}: ${firstFault(stderr)}`, 'npm view NAME shows what there is');
  }
}

/** npm's own words, without its codes and its hints about logs. */
function firstFault(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim())
    .filter((line) => line !== '' && !/^(code|errno|syscall) /.test(line));
  return (lines[0] ?? 'it gave no reason').replace(/\p{Cc}+/gu, ' ').slice(0, 300);
}
