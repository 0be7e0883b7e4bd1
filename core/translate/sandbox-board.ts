import type { SandboxCost } from './runner.ts';
import { type InstanceEvent, instanceEvents } from './sandboxed-module.ts';

/**
 * What the threads of a sandbox and their host write for each other, at any time and without a message: for each module
 * whether it is still needed, how many instances came and went, and what
 * loading it cost.
 */
export type SandboxBoard = Int32Array;

const eventsAt = 1;
const costAt = eventsAt + instanceEvents.length;
const wordsPerSlot = costAt + 3;
/** Modules at one time. */
export const boardSlots = 4_096;

export function createBoard(): SandboxBoard {
  return new Int32Array(new SharedArrayBuffer(4 * boardSlots * wordsPerSlot));
}

/** The module with this number has the slot from now on; 0 frees it. */
export function writeLease(board: SandboxBoard, slot: number, serial: number): void {
  writeCost(board, slot, { loadMs: 0, memoryKb: 0, fromSnapshot: false });
  Atomics.store(board, slot * wordsPerSlot, serial);
}

export function isLeased(board: SandboxBoard | undefined, slot: number, serial: number): boolean {
  return board === undefined || Atomics.load(board, slot * wordsPerSlot) === serial;
}

export function noteInstance(board: SandboxBoard | undefined, slot: number, event: InstanceEvent): void {
  if (board !== undefined)
    Atomics.add(board, slot * wordsPerSlot + eventsAt + instanceEvents.indexOf(event), 1);
}

/** What was noted since this was last asked, most often nothing. */
export function takeInstances(
  board: SandboxBoard,
  slot: number,
  tell: (event: InstanceEvent, count: number) => void,
): void {
  for (let index = 0; index < instanceEvents.length; index++) {
    const count = Atomics.exchange(board, slot * wordsPerSlot + eventsAt + index, 0);
    if (count > 0) tell(instanceEvents[index] as InstanceEvent, count);
  }
}

/** What a module cost the thread that last loaded it. */
export function writeCost(board: SandboxBoard, slot: number, cost: SandboxCost): void {
  const at = slot * wordsPerSlot + costAt;
  Atomics.store(board, at, Math.round(cost.loadMs * 1_000));
  Atomics.store(board, at + 1, Math.round(cost.memoryKb));
  Atomics.store(board, at + 2, cost.fromSnapshot ? 1 : 0);
}

/** Null: no thread has loaded it yet. */
export function readCost(board: SandboxBoard, slot: number): SandboxCost | null {
  const at = slot * wordsPerSlot + costAt;
  const memoryKb = Atomics.load(board, at + 1);
  if (memoryKb === 0) return null;
  return {
    loadMs: Atomics.load(board, at) / 1_000,
    memoryKb,
    fromSnapshot: Atomics.load(board, at + 2) === 1,
  };
}
