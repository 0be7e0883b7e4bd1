import { lstatSync, rmdirSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { GatewayError } from '../errors/gateway-error.ts';
import { explainFileError } from './file-error.ts';
import { makeFolder } from './make-folder.ts';

/** Makes the state directory, mode 0700, unless it is there. Throws GW_STATE_UNUSABLE. */
export function prepareState(directory: string): void {
  inState(directory, () => makeFolder(directory));
}

/** Fails with GW_STATE_UNUSABLE where a start would, and leaves nothing behind. */
export function probeState(directory: string): void {
  let existing = directory;
  while (!isThere(existing)) existing = dirname(existing);
  const probe = join(existing, `.probe-${process.pid}`);
  inState(directory, () => {
    makeFolder(probe);
    rmdirSync(probe);
  });
}

/** A link that leads nowhere is there too: nothing else can have its name. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined || dirname(path) === path;
  } catch {
    // A name that is too long, or a folder nobody may look into: what is made there will say so.
    return true;
  }
}

/** Runs what writes there; what the file system refuses becomes GW_STATE_UNUSABLE. */
export function inState<Result>(directory: string, write: () => Result): Result {
  try {
    return write();
  } catch (cause) {
    const refused = explainFileError(cause);
    if (refused === undefined) throw cause;
    const { path } = refused;
    // The folder above was there: it takes none.
    const isNowhere = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = isNowhere ? 'nothing can be made there (ENOENT)' : refused.reason;
    // Only of a folder above: the path of a draft or a lock says nothing that the directory does not.
    const where = path !== undefined && directory.startsWith(path + sep) ? `${path}: ` : '';
    throw new GatewayError('GW_STATE_UNUSABLE', { directory, reason: where + reason }, { cause });
  }
}
