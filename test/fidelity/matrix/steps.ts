import type { CanonicalRequest, CanonicalResponse, JsonObject, Warning } from '@dragoman/plugin-sdk';
import { copyJson } from '@dragoman/plugin-sdk/testing';
import { contextOf } from '../dialects.ts';
import { ask, type Route, type Shown, send, show } from './legs.ts';
import { nextTurns } from './next-turn.ts';
import { approximated, impossible, judge, type Outcome, worst, yes } from './outcome.ts';
import { call, reply, request, tools } from './says.ts';

/** Sends a request and looks for words that must arrive, or for any difference it must make. */
export function asked(
  route: Route,
  wanted: CanonicalRequest,
  path: RegExp,
  needles: string[],
  without?: CanonicalRequest,
): Outcome {
  const { wire, warnings } = ask(route.client, { ...wanted, stream: route.stream });
  const unsaid = warnings.filter((warning) => path.test(warning.path));
  const words = unsaid.map((each) => `a client of ${route.client.id} has no word for it: ${each.message}`);
  const sent = send(route, wire);
  const text = JSON.stringify(sent.body);
  let arrived = needles.every((needle) => text.includes(needle));
  if (without !== undefined && sent.body !== null) {
    const rest = send(route, ask(route.client, { ...without, stream: route.stream }).wire);
    if (JSON.stringify(rest.body) === text) arrived = false;
  }
  const isUnsaid = unsaid.some(({ code }) => code !== 'approximated') || (!arrived && unsaid.length > 0);
  if (isUnsaid) return impossible(words[0] ?? '');
  const outcome = judge(
    arrived,
    sent.warnings,
    path,
    `${path} of ${route.client.id} at ${route.provider.id}`,
  );
  return unsaid.length > 0 ? worst([outcome, approximated(words[0] ?? '')]) : outcome;
}

export function shown(route: Route, answer: CanonicalResponse, path: RegExp, needles: string[]): Outcome {
  const result = show(route, answer);
  // Arguments come in pieces: a reader puts them together.
  const text = JSON.stringify([result.wire, result.again ?? null]);
  // What the provider's dialect cannot say never reached the gateway.
  const came = JSON.stringify(result.read);
  if (!needles.every((needle) => came.includes(needle)))
    return impossible(`${route.provider.id} has no place for it in a reply`);
  return judge(
    needles.every((needle) => text.includes(needle)),
    result.warnings,
    path,
    `${path} shown to ${route.client.id} by ${route.provider.id}`,
  );
}

/** The next turn, in which the client sends back what it was shown, and what its tools gave. */
export function nextTurn(route: Route, answer: CanonicalResponse): { body: string; warnings: Warning[] } {
  const { client } = route;
  const { again, wire: shownWire } = show(route, answer);
  const turn = nextTurns[client.id];
  if (again === undefined || turn === undefined)
    throw new Error(`${client.id} has no next turn in this test`);
  // What the pieces of a stream add up to, as the client's own library adds them up.
  const own = contextOf(client, client, client);
  const whole = route.stream ? client.dialect.encodeResponse?.(copyJson(again), own).output : shownWire;
  const results = again.parts.flatMap((part) =>
    part.type === 'tool-call' ? [{ id: part.id, name: part.name, text: `result of ${part.name}` }] : [],
  );
  const { wire } = ask(client, request({ tools, stream: route.stream }));
  const body = copyJson(wire.body) as JsonObject;
  turn(body, copyJson(whole) as JsonObject, results);
  const sent = send(route, { ...wire, body });
  return { body: JSON.stringify(sent.body), warnings: sent.warnings };
}

export function turnOutcome(
  route: Route,
  answer: CanonicalResponse,
  path: RegExp,
  needles: string[],
): Outcome {
  const { body, warnings } = nextTurn(route, answer);
  const arrived = needles.every((needle) => body.includes(needle));
  return judge(arrived, warnings, path, `the next turn of ${route.client.id} at ${route.provider.id}`);
}

export const calls = (names: [string, string][]): CanonicalResponse =>
  reply(
    names.map(([name, city], at) => call(`call_${at}`, name, city)),
    { finish: { reason: 'tool-calls' } },
  );

export function toolUse(route: Route, names: [string, string][]): Outcome {
  const answer = calls(names);
  const results = names.map(([name]) => `result of ${name}`);
  return worst([
    asked(route, request({ tools }), /^\/tools/, ['probe_tool']),
    shown(route, answer, /^\/parts/, names.flat()),
    turnOutcome(route, answer, /\/parts\/\d+(\/output.*)?$/, results),
  ]);
}

export function streamedArguments(route: Route): Outcome {
  if (!route.stream) return impossible('a whole reply has no pieces');
  const result: Shown = show(route, calls([['probe_tool', 'Bern']]));
  const pieces = result.events.filter(
    (event) => event.type === 'part-delta' && event.delta.type === 'tool-input',
  );
  return pieces.length > 1 ? yes : approximated('the arguments of a call come in one piece');
}
