import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface ReplaceOptions {
  /** Also after a power cut. It waits for the disk, and everything else in this process with it. Default false. */
  isDurable?: boolean;
}

/** Replaces a file so that a reader or a crash sees the old or the new one, never half. Mode 0600. */
export function replaceFile(file: string, text: string, { isDurable = false }: ReplaceOptions = {}): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const handle = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(handle, text);
      if (isDurable) fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (isDurable) syncDirectory(dirname(file));
}

/** Without this a power cut may forget the rename. Windows has no such call on directories. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(directory, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
