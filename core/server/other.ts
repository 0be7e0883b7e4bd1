import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App } from './app.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves what no dialect claims. Express is loaded with the first such request: no chat request waits for it. */
export function createOther(app: App, options: { version: string }): Listener {
  let pages: Promise<Listener> | null = null;
  const load = async (): Promise<Listener> => {
    const { createPages } = await import('./admin/pages.ts');
    return createPages(app, options);
  };
  return (request, response) => {
    pages ??= load();
    pages.then(
      (listener) => listener(request, response),
      (thrown: unknown) => {
        app.services.log.error('pages could not be loaded', { error: String(thrown) });
        response.writeHead(500).end();
      },
    );
  };
}
