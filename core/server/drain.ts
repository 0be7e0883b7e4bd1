import type { App } from './app.ts';

/** Waits for the requests in flight, at most `deadlineMs`. True when all of them finished. */
export function drain(app: App, deadlineMs: number): Promise<boolean> {
  if (app.inFlight === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), deadlineMs);
    app.onIdle = () => {
      clearTimeout(timer);
      resolve(true);
    };
  });
}
