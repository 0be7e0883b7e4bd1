import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Test } from 'tap';

export const root = resolve(import.meta.dirname, '../..');

interface Locked {
  version?: string;
  resolved?: string;
  dependencies?: Record<string, string>;
  dev?: boolean;
  link?: boolean;
}
interface Lock {
  packages: Record<string, Locked>;
}

/** A user's environment: this Node.js comes first, and no setting of the machine gets in. */
export function userEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const path = [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  return { PATH: path, HOME: process.env.HOME ?? '', NO_COLOR: '1', ...extra };
}

const ofTheNetwork = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|(HTTPS?|NO)_PROXY|NPM_CONFIG_(REGISTRY|CAFILE))$/i;

/** What npm may need to reach a registry from here; what is installed never sees it. */
function networkEnvironment(): Record<string, string> {
  const found = Object.entries(process.env).filter(
    (each): each is [string, string] => each[1] !== undefined && ofTheNetwork.test(each[0]),
  );
  return Object.fromEntries(found);
}

/**
 * Builds both packages, packs them, and installs the tarballs as a user would, in a folder outside of the repository,
 * from where nothing of it can be found. With the versions of our own lock-file, most of which npm has in its cache.
 */
export function installPublished(t: Test): string {
  const built = t.testdir();
  runOrThrow('node', [join(root, 'scripts/build.ts'), '--out', built], root);
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'dragoman-installed-')));
  t.teardown(() => rmSync(place, { recursive: true, force: true }));
  for (const name of ['plugin-sdk', 'dragoman']) {
    runOrThrow('npm', ['pack', '--silent', '--pack-destination', place], join(built, name));
  }
  const app = join(place, 'app');
  mkdirSync(app);
  const tarballs = readdirSync(place).filter((name) => name.endsWith('.tgz'));
  const tarball = (start: RegExp): string => `file:../${tarballs.find((name) => start.test(name))}`;
  const wanted = {
    dragoman: tarball(/^dragoman-\d/),
    '@dragoman/plugin-sdk': tarball(/^dragoman-plugin-sdk-\d/),
  };
  writeJson(join(app, 'package.json'), { name: 'app', private: true, type: 'module', dependencies: wanted });
  writeJson(join(app, 'package-lock.json'), lockFor(wanted, built));
  runOrThrow('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], app);
  return app;
}

/** What `npm install` would have written, had it chosen the versions this repository is tested with. */
function lockFor(wanted: Record<string, string>, built: string): object {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const kept = Object.entries(packages).filter(
    ([path, { dev, link }]) =>
      path.startsWith('node_modules/') && dev !== true && link !== true && !/\/node-/.test(path),
  );
  const ours = Object.entries({ dragoman: 'dragoman', '@dragoman/plugin-sdk': 'plugin-sdk' });
  const published = ours.map(([name, folder]) => {
    const { version, dependencies, bin } = JSON.parse(
      readFileSync(join(built, folder, 'package.json'), 'utf8'),
    ) as Record<string, unknown>;
    return [`node_modules/${name}`, { version, resolved: wanted[name], dependencies, bin }];
  });
  const all = Object.fromEntries([...kept, ...published]);
  return {
    name: 'app',
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name: 'app', dependencies: wanted }, ...all },
  };
}

/** What it prints is only of interest when it fails. */
function runOrThrow(program: string, parameters: string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(program, parameters, {
    cwd,
    env: userEnvironment(networkEnvironment()),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${program} ${parameters.join(' ')}\n${stdout}${stderr}`);
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
