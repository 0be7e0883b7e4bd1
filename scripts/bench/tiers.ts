import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ProviderPlugin, TranslateFunction } from '@dragoman/plugin-sdk';
import { silentLog } from '../../core/observe/log.ts';
import { bundleModule } from '../../core/plugins/bundle.ts';
import { createInlineRunner } from '../../core/translate/inline-runner.ts';
import { createPoolRunner } from '../../core/translate/pool-runner.ts';
import type {
  BaseContext,
  ModuleRef,
  Runner,
  StreamRun,
  TranslateStep,
} from '../../core/translate/runner.ts';
import { createSandbox } from '../../core/translate/sandbox.ts';
import anthropic from '../../plugins/anthropic/src/index.ts';
import openai from '../../plugins/openai/src/index.ts';
import { copyingModule } from './copying-module.ts';
import { formatTable } from './report.ts';

/**
 * What a call of a plugin costs in each tier: `node scripts/bench/tiers.ts` (a minute). A client of OpenAI's Chat
 * API, decoded by the bundled plugin, asks a provider whose dialect is in the tier: Anthropic's, or as an Extism module one
 * that only copies, which shows what the tier costs by itself, and the example in C, with its own reader of JSON. One call
 * after the other, each an exchange of its own. Read the multiples: the microseconds are one machine's.
 */
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dragoman-tiers-'));
const limits = {
  memoryMb: 64,
  timeoutMs: 10_000,
  maxInputKb: 32_768,
  maxOutputKb: 32_768,
  maxStateKb: 1_024,
};
const context: BaseContext = {
  requestId: 'r',
  now: 1_700_000_000_000,
  operation: 'chat',
  model: { id: 'm', input: ['text'], output: ['text'], features: ['stream', 'tools'] },
  provider: { id: 'p', family: 'anthropic', dialect: 'anthropic-messages', options: {} },
  client: { dialect: 'openai-chat' },
};
const sizesKb = [1, 10, 100, 330];
const tiers = ['inline', 'worker', 'sandbox', 'sandbox, copies', 'sandbox, C'] as const;
type TierName = (typeof tiers)[number];

interface Place {
  runner: Runner;
  client: ModuleRef;
  provider: ModuleRef;
  dialect: string;
  /** How a stream of the provider begins, and a frame of it that carries text. */
  start: string[];
  frame: string;
}

let exchanges = 0;
const rows: string[][] = [];
const places = await openPlaces();
try {
  for (const kb of sizesKb) {
    await addRow(`request of ${kb} KB`, (place) => {
      const steps = [
        step(place.client, 'openai-chat', 'decodeRequest'),
        step(place.provider, place.dialect, 'encodeRequest'),
      ];
      const input = { path: {}, query: {}, headers: {}, body: bodyOf(kb) };
      return async () => {
        await place.runner.request(steps, input, nextContext());
        return 1;
      };
    });
  }
  for (const [streams, events] of [
    [1, 1],
    [1, 10],
    [50, 1],
    [50, 10],
  ] as const) {
    await addRow(`event, ${streams} at once, ${events} per read`, (place) =>
      streamTicks(place, streams, events),
    );
  }
  console.log(`Node ${process.version}; microseconds of CPU, all threads, and multiples of the same inline`);
  console.log(formatTable(['', ...tiers], rows));
} finally {
  for (const { runner } of Object.values(places)) await runner.close();
  rmSync(folder, { recursive: true });
}

function nextContext(): BaseContext {
  return { ...context, requestId: `r${exchanges++}` };
}

async function addRow(name: string, make: (place: Place) => () => Promise<number>): Promise<void> {
  const found: number[] = [];
  for (const tier of tiers) found.push(await medianUs(make(places[tier])));
  const [inline = Number.NaN] = found;
  rows.push([name, ...found.map((us) => `${us.toFixed(us < 100 ? 1 : 0)} (x${(us / inline).toFixed(1)})`)]);
}

/** CPU of all threads: it says what a call costs also where others use the machine. `run` says how many things it did. */
async function medianUs(run: () => Promise<number>): Promise<number> {
  for (const until = performance.now() + 400; performance.now() < until; ) await run();
  const rounds: number[] = [];
  for (let round = 0; round < 7; round++) {
    const before = process.cpuUsage();
    let done = 0;
    for (const until = performance.now() + 150; performance.now() < until; ) done += await run();
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / done);
  }
  return rounds.toSorted((left, right) => left - right)[3] ?? Number.NaN;
}

function streamTicks(place: Place, streams: number, events: number): () => Promise<number> {
  const steps = [
    step(place.provider, place.dialect, 'decodeStream'),
    step(place.client, 'openai-chat', 'encodeStream'),
  ];
  const frames = Array.from({ length: events }, () => ({ data: place.frame }));
  const open = () =>
    Array.from({ length: streams }, () => place.runner.stream(steps, 'sse', nextContext(), []));
  let runs: StreamRun[] = [];
  let ticks = 0;
  return async () => {
    if (ticks++ % 50 === 0) {
      runs = open();
      await Promise.all(runs.map((run) => run.push(place.start.map((data) => ({ data })))));
    }
    await Promise.all(runs.map((run) => run.push(frames)));
    return streams * events;
  };
}

function step(module: ModuleRef, dialect: string, name: TranslateFunction): TranslateStep {
  return { type: 'translate', module, target: `dialect:${dialect}`, function: name, config: {} };
}

function bodyOf(kb: number): Buffer {
  const turn = 'The quick brown fox "jumps" over the lazy dog,\nand counts to 1,234. '.repeat(4);
  const messages: object[] = [];
  for (let size = 100; size < kb * 1_000; size += turn.length + 45) {
    messages.push({ role: messages.length % 2 === 0 ? 'user' : 'assistant', content: turn });
  }
  if (messages.length === 0) messages.push({ role: 'user', content: turn });
  return Buffer.from(JSON.stringify({ model: 'm', max_tokens: 100, messages }));
}

async function openPlaces(): Promise<Record<TierName, Place>> {
  const dialect = 'anthropic-messages';
  const message =
    '{"id":"m","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1}}';
  const start = [
    `{"type":"message_start","message":${message}}`,
    '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
  ];
  const frame = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"some words"}}';
  const client = await stage('openai', 'inline');
  const trusted = await stage('anthropic', 'worker');
  const foreign = await stage('anthropic', 'sandbox');
  const inC = wasmModule('acme-c', join(root, 'plugin-sdk/examples/acme-c/acme.wasm'));
  const copyingFile = join(folder, 'copying.wasm');
  writeFileSync(copyingFile, await copyingModule());
  const copying = wasmModule('copying', copyingFile);
  const loaded: Record<string, ProviderPlugin> = { openai, anthropic };
  const sandbox = createSandbox({ threads: 1, log: silentLog });
  return {
    inline: {
      runner: createInlineRunner(undefined, ({ plugin }) => loaded[plugin] ?? {}),
      client,
      provider: { ...trusted, checked: false },
      dialect,
      start,
      frame,
    },
    worker: {
      runner: createPoolRunner({ modules: [client, trusted], threads: 1, log: silentLog }),
      client,
      provider: trusted,
      dialect,
      start,
      frame,
    },
    sandbox: { runner: sandbox.open([client, foreign]), client, provider: foreign, dialect, start, frame },
    'sandbox, copies': {
      runner: sandbox.open([client, copying]),
      client,
      provider: copying,
      dialect: 'copying',
      start: ['{"id":"a1","model":"acme-1"}'],
      frame: '{"say":"some words"}',
    },
    'sandbox, C': {
      runner: sandbox.open([client, inC]),
      client,
      provider: inC,
      dialect: 'acme-c',
      start: ['{"id":"a1","model":"acme-1"}'],
      frame: '{"say":"some words"}',
    },
  };
}

function wasmModule(plugin: string, file: string): ModuleRef {
  const candidates = { [`dialect:${plugin}`]: ['encodeRequest', 'decodeStream'] };
  return {
    id: `${plugin}@1`,
    plugin,
    file,
    format: 'wasm',
    tier: 'sandbox',
    limits,
    checked: true,
    candidates,
  };
}

/** A bundled plugin as staging would make it of anybody's. */
async function stage(id: string, tier: ModuleRef['tier']): Promise<ModuleRef> {
  const source = join(root, 'plugins', id);
  const file = join(folder, `${id}-${tier}.cjs`);
  writeFileSync(file, await bundleModule(id, source, join(source, 'src/index.ts')));
  return { id: `${id}-${tier}@1`, plugin: id, file, format: 'cjs', tier, limits, checked: tier !== 'inline' };
}
