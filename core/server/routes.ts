import type { IncomingHttpHeaders } from 'node:http';
import type { InboundRoute } from '@dragoman/plugin-sdk';
import type { LoadedDialect, Snapshot } from '../plugins/snapshot.ts';

export interface DialectRoute {
  readonly dialect: LoadedDialect;
  readonly route: InboundRoute;
}
export type RouteMatch =
  | { type: 'route'; found: DialectRoute; path: Record<string, string> }
  | { type: 'method'; allow: string[] };

interface Pattern {
  expression: RegExp;
  names: string[];
  byMethod: Map<string, DialectRoute[]>;
}

/** Every dialect's routes, made once per snapshot. Most paths are fixed: one map look-up, no pattern is tried. */
export interface RouteTable {
  fixed: Map<string, Map<string, DialectRoute[]>>;
  patterns: Pattern[];
}

const tables = new WeakMap<Snapshot, RouteTable>();
const noParameters: Record<string, string> = Object.freeze({}) as Record<string, string>;

export function routeTable(snapshot: Snapshot): RouteTable {
  let table = tables.get(snapshot);
  if (table === undefined) {
    table = buildTable(snapshot);
    tables.set(snapshot, table);
  }
  return table;
}

function buildTable(snapshot: Snapshot): RouteTable {
  const table: RouteTable = { fixed: new Map(), patterns: [] };
  const patterns = new Map<string, Pattern>();
  for (const dialect of snapshot.dialects.values()) {
    const isInbound = dialect.declaration.roles.includes('inbound');
    for (const route of dialect.declaration.routes ?? []) {
      // What only passes through needs no code that reads or writes it.
      if (!isInbound && route.endpoint === undefined) continue;
      const byMethod = route.path.includes('{')
        ? patternOf(patterns, table, route.path).byMethod
        : mapOf(table.fixed, route.path);
      const list = byMethod.get(route.method) ?? [];
      // A route with a condition is tried before the one that serves everybody else.
      if (route.when === undefined) list.push({ dialect, route });
      else list.unshift({ dialect, route });
      byMethod.set(route.method, list);
    }
  }
  return table;
}

/** The route of a fixed path that is also served over WebSocket, whatever its method is over HTTP. */
export function matchSocket(table: RouteTable, path: string): DialectRoute | undefined {
  for (const routes of table.fixed.get(path)?.values() ?? []) {
    for (const found of routes) if (found.route.webSocket === true) return found;
  }
  return undefined;
}

export function matchRoute(
  table: RouteTable,
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
): RouteMatch | null {
  const fixed = table.fixed.get(path);
  if (fixed !== undefined) return pick(fixed, method, headers, noParameters);
  for (const pattern of table.patterns) {
    const match = pattern.expression.exec(path);
    if (match === null) continue;
    const parameters: Record<string, string> = {};
    for (let index = 0; index < pattern.names.length; index++) {
      parameters[pattern.names[index] as string] = decode(match[index + 1] as string);
    }
    return pick(pattern.byMethod, method, headers, parameters);
  }
  return null;
}

function pick(
  byMethod: Map<string, DialectRoute[]>,
  method: string,
  headers: IncomingHttpHeaders,
  path: Record<string, string>,
): RouteMatch {
  for (const found of byMethod.get(method) ?? []) {
    const header = found.route.when?.header;
    if (header === undefined || headers[header] !== undefined) return { type: 'route', found, path };
  }
  // Answered like GET; Node leaves the body out.
  if (method === 'HEAD' && byMethod.has('GET')) return pick(byMethod, 'GET', headers, path);
  const allow = [...byMethod.keys()];
  return { type: 'method', allow: byMethod.has('GET') ? [...allow, 'HEAD'] : allow };
}

function mapOf(table: Map<string, Map<string, DialectRoute[]>>, path: string): Map<string, DialectRoute[]> {
  const present = table.get(path);
  if (present !== undefined) return present;
  const made = new Map<string, DialectRoute[]>();
  table.set(path, made);
  return made;
}

function patternOf(patterns: Map<string, Pattern>, table: RouteTable, path: string): Pattern {
  const names: string[] = [];
  const source = path
    .split(/(\{\w+\+?\})/)
    .map((piece) => {
      const parameter = /^\{(\w+)(\+?)\}$/.exec(piece);
      if (parameter === null) return piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(parameter[1] as string);
      return parameter[2] === '+' ? '(.+)' : '([^/]+)';
    })
    .join('');
  const present = patterns.get(source);
  if (present !== undefined) return present;
  const made: Pattern = { expression: new RegExp(`^${source}$`), names, byMethod: new Map() };
  patterns.set(source, made);
  table.patterns.push(made);
  // The longest pattern says most: `/v1/models/{model+}:generateContent` before `/v1/models/{model+}`.
  table.patterns.sort((left, right) => right.expression.source.length - left.expression.source.length);
  return made;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
