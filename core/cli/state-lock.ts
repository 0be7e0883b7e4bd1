import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GatewayError } from '../errors/gateway-error.ts';
import { inState, prepareState } from '../files/state-directory.ts';

/** A state directory in the hands of this process. */
export interface StateLock {
  /** Safe to call from an `exit` handler. */
  release(): void;
}

/**
 * Takes the state directory for this process, so that two gateways never stage plugins over each other. A lock whose
 * process is gone is taken over. Fails with GW_STATE_LOCKED and GW_STATE_UNUSABLE.
 */
export function lockState(directory: string): StateLock {
  prepareState(directory);
  const file = join(directory, 'gateway.lock');
  const mine = `${process.pid} ${startOf(process.pid)}\n`;
  for (let round = 0; round < 10; round++) {
    if (inState(directory, () => tryCreate(file, mine))) return { release: () => release(file, mine) };
    const theirs = read(file);
    if (theirs === null) continue;
    const pid = Number.parseInt(theirs, 10);
    if (isAlive(pid, theirs)) throw new GatewayError('GW_STATE_LOCKED', { directory, pid });
    takeAway(file, theirs);
  }
  throw new GatewayError('GW_STATE_LOCKED', { directory, pid: 'unknown' });
}

/** A lock appears with its content or not at all: an empty one would look like nobody's. */
function tryCreate(file: string, text: string): boolean {
  const whole = `${file}.${process.pid}.new`;
  writeFileSync(whole, text, { mode: 0o600 });
  try {
    linkSync(whole, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    // Some disks know no links; there the short moment of an empty file has to do.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return tryCreateEmpty(file, text);
    throw error;
  } finally {
    rmSync(whole, { force: true });
  }
}

function tryCreateEmpty(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/**
 * A number alone proves little: in a restarted container another process may well have it, and one that was killed keeps
 * its number until its parent has asked how it ended.
 */
function isAlive(pid: number, text: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (isOver(pid)) return false;
  const started = text.trim().split(' ')[1];
  return started === undefined || started === startOf(pid);
}

/** When a process began, as Linux tells it: boot id and clock ticks since boot. '-' where there is no /proc. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}:${statOf(pid)[19]}`;
  } catch {
    return '-';
  }
}

/** Ended, and only its entry in the table of processes is left: state Z, or X while it goes. */
function isOver(pid: number): boolean {
  try {
    return /^[ZX]/i.test(statOf(pid)[0] ?? '');
  } catch {
    return false;
  }
}

/** Fields of /proc/PID/stat from the third, the state, on; the 22nd is the start. The name before may hold anything. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Moves a dead process's lock aside. If somebody else was faster and this is already their lock, it goes back. */
function takeAway(file: string, expected: string): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside) !== expected) {
    try {
      linkSync(aside, file);
    } catch {
      // A third one holds it by now; the next round finds out.
    }
  }
  rmSync(aside, { force: true });
}

function release(file: string, mine: string): void {
  if (read(file) === mine) rmSync(file, { force: true });
}
