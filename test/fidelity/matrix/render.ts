import { clients, providers } from '../dialects.ts';
import { errors, features } from './features.ts';
import { type GatewayProbe, refusedWords } from './gateway.ts';
import type { Route } from './legs.ts';
import { type Outcome, yes } from './outcome.ts';

/** The matrix as Markdown: a table for each client dialect, with notes under it. Throws where something is lost unsaid. */
export function renderMatrix(probe: GatewayProbe): string {
  return clients.map((client) => renderClient(client, probe)).join('\n\n');
}

function renderClient(client: Route['client'], gateway: GatewayProbe): string {
  const notes: string[] = [];
  const cells = (probe: (route: Route) => Outcome): string[] =>
    providers.map((provider) => {
      const [whole, stream] = [false, true].map((each) =>
        format(probe({ client, provider, stream: each }), notes),
      );
      return whole === stream ? String(whole) : `${whole} / ${stream}`;
    });
  const rows = Object.entries(features).map(([name, probe]) => [name, ...cells(probe)]);
  rows.push(['errors', ...cells((route) => errorsOf(route, gateway))]);
  rows.push(['abort', ...cells((route) => abortOf(route, gateway))]);
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

/** An error that a real provider gave, through a real gateway; and one in the middle of a stream, through the translators. */
function errorsOf(route: Route, gateway: GatewayProbe): Outcome {
  const got = gateway.refusal(route);
  if (!got.startsWith('429 7 ') || !got.includes(refusedWords))
    throw new Error(`a client of ${route.client.id} is told of a refusal of ${route.provider.id}: ${got}`);
  return errors(route);
}

function abortOf(route: Route, gateway: GatewayProbe): Outcome {
  if (!gateway.isTold(route))
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
