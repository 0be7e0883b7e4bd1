import { createGateway, type Gateway } from '../gateway.ts';
import type { LogLevel } from '../observe/level.ts';
import { createLog, type Log } from '../observe/log.ts';
import { shrinkHeap } from '../translate/collect-garbage.ts';
import { describeStart } from './banner.ts';
import { dataDirOf, type PlaceOptions } from './place.ts';
import { print } from './print.ts';
import { lockState } from './state-lock.ts';

interface StartOptions extends PlaceOptions {
  host?: string;
  port?: number;
  logLevel: LogLevel;
}

/** Serves until a signal ends it: 0 when every request could finish, 1 when some were cut. */
export async function start(options: StartOptions): Promise<number> {
  const { config, host, port, data, logLevel } = options;
  const dataDir = dataDirOf(options);
  const lock = lockState(dataDir);
  process.on('exit', () => lock.release());
  const log = createLog({ level: logLevel });
  keepServing(log);
  const gateway = await createGateway({ config, host, port, data, log });
  const ended = untilEnded(gateway, log);
  const { url, newKey, warmed } = await startOrStop(gateway);
  if (process.getuid?.() === 0) log.warn('running as root: a user of its own is safer');
  const providers = gateway.providers();
  const troubled = gateway.plugins().filter(({ state }) => state !== 'on' && state !== 'off');
  log.info('listening', { url, on: providers.map(({ name, reason }) => `${name} (${reason})`).join(', ') });
  log.flush();
  const hasEnvironmentKey = (process.env.DRAGOMAN_KEY ?? '').trim() !== '';
  // Nobody waits for it: whoever asks first for a list of models is to find those of the services they named.
  void gateway.discover();
  print(describeStart({ url, newKey, hasEnvironmentKey, providers, troubled, dataDir }));
  void warmed.then(() => setTimeout(shrinkAtRest, shrinkAfterMs, gateway).unref());
  return ended;
}

/** What is loaded late, winston and Express for one, is there by then. */
const shrinkAfterMs = 500;

/** Who is busy already has use for the memory, and none for the pause. */
function shrinkAtRest(gateway: Gateway): void {
  if (gateway.inFlight() === 0) shrinkHeap();
}

/** For other commands a standard output that cannot be written is the end; what is served needs none. */
function keepServing(log: Log): void {
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', (error) =>
    log.warn('standard output cannot be written', { error: String(error) }),
  );
}

/** A gateway that cannot listen must not keep the process around with its watchers. */
async function startOrStop(gateway: Gateway): ReturnType<Gateway['start']> {
  try {
    return await gateway.start();
  } catch (error) {
    await gateway.stop({ now: true });
    throw error;
  }
}

/** npm passes Ctrl-C on to a process that the terminal has told already: the echo is no second wish. */
const echoMs = 250;

function untilEnded(gateway: Gateway, log: Log): Promise<number> {
  return new Promise((resolve) => {
    let firstAt = 0;
    async function end(): Promise<void> {
      let code = 1;
      // With nothing left to wait for there is nothing left to stop, whatever has not said so.
      process.once('beforeExit', () => process.exit(code));
      try {
        if (await gateway.stop()) code = 0;
      } catch (error) {
        log.error('stopping failed', { error });
      }
      await log.close();
      resolve(code);
      // A handle somebody forgot must not keep a stopped gateway around.
      setTimeout(() => process.exit(code), 1000).unref();
    }
    function onSignal(signal: NodeJS.Signals): void {
      if (firstAt === 0) {
        firstAt = performance.now();
        log.info('stopping: running requests may finish; a second signal ends them now', { signal });
        void end();
      } else if (signal !== 'SIGINT' || performance.now() - firstAt > echoMs) {
        log.warn('ending now', { signal });
        log.flush();
        process.exit(1);
      }
    }
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    // The terminal is gone: whoever is served need not notice.
    process.on('SIGHUP', onSignal);
    // Node would open a debugger, which may do all that the gateway may.
    process.on('SIGUSR1', () => log.warn('SIGUSR1 is ignored: it would open a debugger'));
    // What state the process is in is anybody's guess: whoever supervises it starts a fresh one.
    process.on('uncaughtException', (error) => {
      log.error('uncaught exception: the gateway ends', { error, stack: error.stack });
      log.flush();
      process.exit(1);
    });
    // One forgotten promise belongs to one request: every other client is better off with a gateway that goes on.
    process.on('unhandledRejection', (reason) => log.error('unhandled rejection', { error: reason }));
  });
}
