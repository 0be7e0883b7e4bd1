import { clients, providers } from '../dialects.ts';
import { features } from './features.ts';
import type { Route } from './legs.ts';
import { type Outcome, yes } from './outcome.ts';

/** The matrix as Markdown: a table for each client dialect, with notes under it. Throws where something is lost unsaid. */
export function renderMatrix(isTold: (route: Route) => boolean): string {
  return clients.map((client) => renderClient(client, isTold)).join('\n\n');
}

function renderClient(client: Route['client'], isTold: (route: Route) => boolean): string {
  const notes: string[] = [];
  const cells = (probe: (route: Route) => Outcome): string[] =>
    providers.map((provider) => {
      const [whole, stream] = [false, true].map((each) =>
        format(probe({ client, provider, stream: each }), notes),
      );
      return whole === stream ? String(whole) : `${whole} / ${stream}`;
    });
  const rows = Object.entries(features).map(([name, probe]) => [name, ...cells(probe)]);
  rows.push(['abort', ...cells((route) => abortOf(route, isTold))]);
  const header = ['', ...providers.map(({ id }) => `\`${id}\``)];
  return [
    `#### Clients of \`${client.id}\``,
    '',
    line(header),
    line(header.map(() => '---')),
    ...rows.map(line),
    '',
    ...notes.map((note, at) => `${at + 1}. ${note}`),
  ].join('\n');
}

function abortOf(route: Route, isTold: (route: Route) => boolean): Outcome {
  if (!isTold(route))
    throw new Error(`${route.provider.id} is not told that a client of ${route.client.id} left`);
  return yes;
}

const marks = { yes: 'yes', approximated: '≈', impossible: 'no' } as const;

function format({ state, reasons }: Outcome, notes: string[]): string {
  const places = reasons.map((reason) => {
    if (!notes.includes(reason)) notes.push(reason);
    return notes.indexOf(reason) + 1;
  });
  return places.length === 0
    ? marks[state]
    : `${marks[state]} <sup>${places.sort((a, b) => a - b).join(', ')}</sup>`;
}

function line(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}
