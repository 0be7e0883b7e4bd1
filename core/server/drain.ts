import { GatewayError } from '../errors/gateway-error.ts';
import type { App } from './app.ts';

/** What is told to end has this long to say so to its client. */
const lastWordsMs = 1_000;

/** Waits for what is open, at most `deadlineMs`. True when all of it finished. */
export function drain(app: App, deadlineMs: number): Promise<boolean> {
  if (app.open.size === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), deadlineMs);
    app.onIdle = () => {
      clearTimeout(timer);
      resolve(true);
    };
  });
}

/** Ends all that is open with an error that its client understands. Whoever does not read it is not waited for. */
export async function endOpen(app: App): Promise<void> {
  const why = new GatewayError('GW_SERVER_DRAINING', {}, { retryAfterMs: 1000 });
  for (const exchange of app.open) exchange.stop(why);
  await drain(app, lastWordsMs);
}
