import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/**
 * Moves what was written from the log of a database into its file. On a thread of its own: it waits for the disk, 5 to
 * 100 ms at a time, and the main thread has streams to serve.
 */
export function checkpoint(file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(join(import.meta.dirname, `checkpoint-thread${extension}`), {
      workerData: file,
      env: {},
      execArgv: [],
    });
    thread.on('error', reject);
    thread.on('exit', () => resolve());
  });
}
