import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { stream } from '../helpers/answers.ts';
import { type ChatReply, chat } from '../helpers/chat.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { type GatewayProcess, startGatewayProcess } from '../helpers/gateway-process.ts';
import { type Attack, type AttackName, attacks } from '../modules/attacks.ts';
import {
  changingFiles,
  type Files,
  hostileFiles,
  idOf,
  type Kind,
  type LoadAttackName,
  loadAttackFiles,
  loadAttacks,
  look,
  victimFiles,
} from '../modules/hostile.ts';
import { writePlugin } from '../modules/toy.ts';

/** Where code runs, and how it is written: what a column of the README's table stands for. */
export const places = {
  worker: { title: 'in a worker', tier: 'worker', kind: 'js' },
  sandbox: { title: 'in the sandbox, in JavaScript', tier: 'sandbox', kind: 'js' },
  module: { title: 'in the sandbox, in WebAssembly', tier: 'sandbox', kind: 'wasm' },
} as const satisfies Record<string, { title: string; tier: string; kind: Kind }>;
export type PlaceName = keyof typeof places;

export const attackNames = Object.keys(attacks) as AttackName[];
export const loadNames = Object.keys(loadAttacks) as LoadAttackName[];

/** A gateway with one plugin for each attack, a victim in the same tier, and the bundled ones. */
export interface Scene {
  place: PlaceName;
  cwd: string;
  gateway: GatewayProcess;
  /** Those that can be tried in a call here; the others come with `dropIn`. */
  callable: AttackName[];
  ask(plugin: string, text: string, stream?: boolean): Promise<ChatReply>;
  /** How many connections an attack made to a listener of ours. */
  connections(): number;
  port: number;
  /** Writes the plugins that should be refused while everything runs, and waits until each was. */
  dropIn(): Promise<void>;
  /** Removes what was dropped in. */
  takeAway(): Promise<void>;
  /** Changes a plugin's files again and again, half a file at a time, while it is asked; gives its answers. */
  change(): Promise<string[]>;
  /** New threads: what a plugin left behind in the old ones is gone with them. */
  freshThreads(): Promise<void>;
}

const changing = 'changing';
const mostVersions = 7;

export async function openScene(t: Test, place: PlaceName): Promise<Scene> {
  const { tier, kind } = places[place];
  const cwd = t.testdir();
  const upstream = await startFakeUpstream({ strict: false });
  upstream.always(stream(['data: {"say":"one"}\n\n', 'data: [DONE]\n\n']));
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
  t.teardown(() => Promise.all([upstream.close(), listener.close()]));

  const folder = (id: string): string => join(cwd, 'plugins', id);
  const made = new Map<AttackName, Files>();
  for (const name of attackNames) {
    const files = await hostileFiles(name, kind, upstream.origin);
    if (files !== null) made.set(name, files);
  }
  const callable = [...made.keys()].filter((name) => kind === 'js' || hasBody(attacks[name]));
  const late = new Map<string, Files>();
  for (const [name, files] of made) {
    if (callable.includes(name)) writePlugin(folder(idOf(name)), files);
    else late.set(idOf(name), files);
  }
  for (const name of loadNames) {
    const files = await loadAttackFiles(name, kind);
    if (files !== null) late.set(idOf(name), files);
  }
  writePlugin(folder('victim'), await victimFiles('victim', kind));
  writePlugin(folder(changing), await changingFiles(changing, 1, kind));
  const ids = [...callable.map(idOf), 'victim', changing];
  const trusted = [...ids, ...late.keys()].map((id) => [id, tier]);
  const providers = [...ids, 'offline'].map((id) => [id, id === idOf('state') ? { allowPrivate: true } : {}]);
  const config = {
    plugins: { trust: Object.fromEntries(trusted), breaker: { enabled: false } },
    providers: Object.fromEntries(providers),
    translation: { workers: 1 },
  };
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(config));
  const gateway = await startGatewayProcess(cwd);
  t.teardown(() => gateway.kill());

  const ask: Scene['ask'] = (plugin, text, stream = false) =>
    chat(gateway, { model: `${plugin}/toy`, stream, messages: [{ role: 'user', content: text }] });
  async function changeOnce(first: number, last: number): Promise<{ answers: string[]; isSteady: boolean }> {
    const asked: Promise<string>[] = [];
    let writtenAt = performance.now();
    let longestMs = 0;
    for (let version = first; version <= last; version++) {
      for (const step of await halfWritten(folder(changing), version, kind)) {
        step();
        longestMs = Math.max(longestMs, performance.now() - writtenAt);
        writtenAt = performance.now();
        asked.push(ask(changing, 'say').then(({ text, error }) => error ?? text));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    const answers = await Promise.all(asked);
    const final = `${last}.${last}`;
    for (let tries = 0; tries < 200 && answers.at(-1) !== final; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      answers.push(await ask(changing, 'say').then(({ text, error }) => error ?? text));
    }
    return { answers, isSteady: longestMs < 60 };
  }
  const marks = callable.filter((name) => 'afterwards' in attacks[name]);
  return {
    place,
    cwd,
    gateway,
    callable,
    ask,
    port: (listener.address() as AddressInfo).port,
    connections: () => connections,
    async dropIn() {
      const from = gateway.lines.length;
      const told = [...late.keys()].map((id) =>
        gateway.until(({ fields, level }) => fields.plugin === id && level !== 'debug', from),
      );
      for (const [id, files] of late) writePlugin(folder(id), files);
      await Promise.all(told);
    },
    async takeAway() {
      for (const id of late.keys()) rmSync(folder(id), { recursive: true });
      while ((await gateway.plugins()).some(({ id }) => late.has(id)))
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    async change() {
      for (let first = 2; ; first += mostVersions) {
        const { answers, isSteady } = await changeOnce(first, first + mostVersions - 1);
        // Files that lay still for as long as files do that are done are a version, whoever wrote them.
        if (isSteady) return answers;
      }
    },
    async freshThreads() {
      for (let tries = 0; tries < 20; tries++) {
        await gateway.killThread();
        const left = await Promise.all(marks.map((name) => ask(idOf(name), look)));
        if (left.every(({ text }) => text === 'clean')) return;
      }
      throw new Error('a thread keeps what was left in it');
    },
  };
}

function hasBody({ wasm }: Attack): boolean {
  return wasm?.body !== undefined;
}

/** The steps in which a version is written over the one before: every file in two halves, the manifest now and then first. */
async function halfWritten(directory: string, version: number, kind: Kind): Promise<(() => void)[]> {
  const files = Object.entries(await changingFiles(changing, version, kind));
  if (version % 2 === 0) files.reverse();
  mkdirSync(directory, { recursive: true });
  return files.flatMap(([name, content]) => {
    const whole = Buffer.from(content as string);
    const file = join(directory, name);
    return [
      () => writeFileSync(file, whole.subarray(0, whole.length / 2)),
      () => {
        writeFileSync(`${file}.tmp`, whole);
        renameSync(`${file}.tmp`, file);
      },
    ];
  });
}
