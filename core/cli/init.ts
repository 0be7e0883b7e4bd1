import { writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { gatewayTemplate } from './gateway-template.ts';
import { print } from './print.ts';
import { failWith } from './report-error.ts';

/** Writes a commented configuration. Fails rather than overwrite. */
export function init(name: string): number {
  const file = resolve(name);
  makeFolder(dirname(file), 0o777);
  try {
    writeFileSync(file, gatewayTemplate(schemaFor(file)), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw failWith(`${file} exists already and was left as it is`, 'give another name: dragoman init FILE');
  }
  const option = file === resolve('gateway.yaml') ? '' : ` --config ${name}`;
  print(`Wrote ${file}\nNext: edit it, then dragoman check${option} and dragoman start${option}`);
  return 0;
}

/** Editors complete and check the file with it: the schema of this very gateway, without a network. */
function schemaFor(file: string): string {
  const schema = join(import.meta.dirname, '../../schemas/gateway.schema.json');
  const path = relative(dirname(file), schema).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}
