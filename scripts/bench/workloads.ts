import type { Script, Wire } from './payloads.ts';
import { burstDeltas, slowDeltas } from './replies.ts';
import type { TargetName } from './targets.ts';

export interface Workload {
  name: string;
  what: string;
  client: Wire;
  /** Where the gateway sends it. */
  upstream: Wire;
  script: Script;
  /** In the order of the table; each sees the very same requests. */
  targets: readonly TargetName[];
  /** What the gateway is held against. */
  floor: 'bare' | 'bare-tr';
  /** The goal of performance.md as a multiple of the floor. */
  goal: { id: string; multiple: number };
  concurrency: number;
  /** Requests per round; `--quick` takes a quarter. */
  requests: number;
  /** Stream events per request; figures are per event then. */
  events?: number;
}

const both = ['bare', 'gateway'] as const;
const all = ['bare', 'bare-tr', 'gateway'] as const;
const translated = ['bare-tr', 'gateway'] as const;

export const workloads: readonly Workload[] = [
  {
    name: 'W1',
    what: 'small, same dialect',
    client: 'openai',
    upstream: 'openai',
    script: 'small',
    targets: both,
    floor: 'bare',
    goal: { id: 'P2', multiple: 2 },
    concurrency: 32,
    requests: 16_000,
  },
  {
    name: 'W2',
    what: 'small, translated',
    client: 'openai',
    upstream: 'anthropic',
    script: 'small',
    targets: all,
    floor: 'bare-tr',
    goal: { id: 'P1', multiple: 2 },
    concurrency: 32,
    requests: 14_000,
  },
  {
    name: 'W2r',
    what: 'small, Anthropic to OpenAI',
    client: 'anthropic',
    upstream: 'openai',
    script: 'small',
    targets: translated,
    floor: 'bare-tr',
    goal: { id: 'P1', multiple: 2 },
    concurrency: 32,
    requests: 14_000,
  },
  {
    name: 'W3',
    what: '10 KB prompt, 10 KB answer',
    client: 'openai',
    upstream: 'anthropic',
    script: 'long',
    targets: all,
    floor: 'bare-tr',
    goal: { id: 'P3', multiple: 1.35 },
    concurrency: 32,
    requests: 8_000,
  },
  {
    name: 'W4',
    what: '500 KB agent prompt, 30 tools',
    client: 'openai',
    upstream: 'anthropic',
    script: 'agent',
    targets: all,
    floor: 'bare-tr',
    goal: { id: 'P4', multiple: 1.15 },
    concurrency: 8,
    requests: 400,
  },
  {
    name: 'W4s',
    what: 'the same, same dialect',
    client: 'openai',
    upstream: 'openai',
    script: 'agent',
    targets: both,
    floor: 'bare',
    goal: { id: 'P5', multiple: 1.3 },
    concurrency: 8,
    requests: 1_600,
  },
  {
    name: 'W5',
    what: '200 deltas at full speed',
    client: 'openai',
    upstream: 'anthropic',
    script: 'burst',
    targets: all,
    floor: 'bare-tr',
    goal: { id: 'P6', multiple: 1.1 },
    concurrency: 16,
    requests: 1_600,
    events: burstDeltas,
  },
  {
    name: 'W6',
    what: '200 streams, 50 ms apart',
    client: 'openai',
    upstream: 'anthropic',
    script: 'slow',
    targets: translated,
    floor: 'bare-tr',
    goal: { id: 'P7', multiple: 1.2 },
    concurrency: 200,
    requests: 200,
    events: slowDeltas,
  },
];

export const paths = { openai: '/v1/chat/completions', anthropic: '/v1/messages' } as const;
