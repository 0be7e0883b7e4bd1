import type { ByTarget, Figures } from './rounds.ts';
import type { Workload } from './workloads.ts';

/** Lines of one markdown table. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  );
}

export const workloadHead = ['workload', 'bare', 'bare-tr', 'gateway', 'multiple', 'goal', 'RPS'];

/** CPU in microseconds per request or event; the multiple is of the floor that the goal names. */
export function workloadRow(workload: Workload, found: ByTarget): string[] {
  const { name, what, events, floor, goal } = workload;
  const gateway = found.get('gateway');
  const against = found.get(floor);
  const multiple = (gateway?.cpuUs ?? Number.NaN) / (against?.cpuUs ?? Number.NaN);
  return [
    `${name} ${what}${events === undefined ? '' : ', per event'}`,
    cpuCell(found.get('bare')),
    cpuCell(found.get('bare-tr')),
    cpuCell(gateway),
    `${multiple.toFixed(2)} x ${floor}`,
    `${goal.id} <= ${goal.multiple}${multiple <= goal.multiple ? '' : ' missed'}`,
    gateway === undefined ? '-' : String(Math.round(gateway.requestsPerSecond)),
  ];
}

function cpuCell(figures: Figures | undefined): string {
  return figures === undefined ? '-' : figures.cpuUs.toFixed(figures.cpuUs < 100 ? 1 : 0);
}

export const extraHead = ['figure', 'bare-tr', 'gateway', 'goal'];

export function extraRow(
  figure: string,
  floor: number,
  gateway: number,
  goal: string,
  limit: number,
): string[] {
  const digits = gateway < 10 ? 2 : 0;
  const verdict = gateway <= limit ? goal : `${goal} missed`;
  return [figure, floor.toFixed(digits), gateway.toFixed(digits), verdict];
}
