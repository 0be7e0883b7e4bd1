import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

const database = new DatabaseSync(String(workerData), { timeout: 1_000 });
// Takes what is whole and waits for nobody, and nobody waits for it.
database.exec('PRAGMA wal_checkpoint(PASSIVE)');
database.close();
