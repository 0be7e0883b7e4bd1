import { existsSync } from 'node:fs';
import { explainBadName, openKeyStore } from '../server/keys/store.ts';
import { dataDirOf, type PlaceOptions } from './place.ts';
import { print, printJson, printTable, remark } from './print.ts';
import { failWith } from './report-error.ts';

interface KeyOptions extends PlaceOptions {
  json?: boolean;
}

export function addKey(name: string, options: KeyOptions): number {
  const badName = explainBadName(name);
  if (badName !== null) throw failWith(`'${name}' cannot be a key's name: ${badName}`);
  const store = openKeyStore(dataDirOf(options));
  const key = store.add(name);
  if (key === null) {
    throw failWith(
      `${store.file} already has a key named '${name}'`,
      `choose another name, or take that one away first: dragoman keys revoke ${name}`,
    );
  }
  if (options.json) printJson({ name, key });
  else {
    print(key);
    remark(`This is the key of '${name}'. It is shown once: only its digest is kept, in ${store.file}.`);
  }
  return 0;
}

export function listKeys(options: KeyOptions): number {
  const store = openKeyStore(dataDirOf(options));
  const keys = store.read().keys.map(({ name, hint, created }) => ({ name, hint, created }));
  if (options.json) {
    printJson(keys);
    return 0;
  }
  if (keys.length > 0) {
    printTable(
      ['NAME', 'KEY', 'CREATED'],
      keys.map(({ name, hint, created }) => [name, `${hint}...`, created]),
    );
  } else if (existsSync(store.file)) remark(`No keys in ${store.file}.`);
  else
    remark(
      `No keys: ${store.file} does not exist yet. The first start makes one, or: dragoman keys add NAME`,
    );
  if (process.env.DRAGOMAN_KEY) remark('The key in the variable DRAGOMAN_KEY is accepted too.');
  return 0;
}

export function revokeKey(name: string, options: KeyOptions): number {
  const store = openKeyStore(dataDirOf(options));
  if (!store.revoke(name)) {
    throw failWith(`${store.file} has no key named '${name}'`, 'dragoman keys list shows the names');
  }
  if (options.json) printJson({ name, revoked: true });
  else print(`Revoked '${name}'.`);
  return 0;
}
