import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time in hundredths of a second (USER_HZ), which is why a round lasts a second or so. */
const ticksPerMs = 0.1;

/** CPU that a process, its threads and its children have used, in milliseconds. */
export function cpuMs(pid: number): number {
  let ticks = 0;
  for (const each of treeOf(pid)) {
    const fields = statFields(each) ?? [];
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / ticksPerMs;
}

/** Resident memory of the tree, in KiB. */
export function residentKb(pid: number): number {
  let kilobytes = 0;
  for (const each of treeOf(pid)) {
    const status = readFileSync(`/proc/${each}/status`, 'latin1');
    kilobytes += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  return kilobytes;
}

/** Not every kernel lists a process's children: all processes are asked for their parent. */
function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? statFields(pid)?.[1] : undefined;
    if (parent !== undefined) parents.set(pid, Number(parent));
  }
  const tree = [root];
  for (const known of tree) for (const [pid, parent] of parents) if (parent === known) tree.push(pid);
  return tree;
}

/** From the third on, the state. The name before may hold spaces and brackets. Undefined once the process is gone. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
