import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { type ChatReply, chat } from '../helpers/chat.ts';
import { type GatewayProcess, startGatewayProcess } from '../helpers/gateway-process.ts';
import { type Attack, type AttackName, attacks, hostileFiles, victimFiles } from '../modules/hostile.ts';
import { dialectFiles, writePlugin } from '../modules/toy.ts';
import { quantile, startPulse } from './pulse.ts';

const tiers = ['worker', 'sandbox'] as const;
type Tier = (typeof tiers)[number];
const readmeFile = resolve(import.meta.dirname, '../../README.md');
const long = process.env.DRAGOMAN_LONG === '1';

/** A worker holds faults and not malice: what is expected to get through there, and is told so in the README. */
const getsThrough: Record<Tier, readonly AttackName[]> = {
  worker: ['buffers', 'pollution', 'memory', 'neighbour', 'kill', 'constructor'],
  sandbox: [],
};

/** One cell of the table: what became of an attack. */
type Outcome = string;
const outcomes = new Map<string, Outcome>();
const lie = 'a manifest that names functions it does not have';

for (const tier of tiers) {
  t.test(`hostile plugins in a ${tier}`, { timeout: 110_000 }, async (t) => {
    const scene = await openScene(t, tier);
    const { gateway, ask } = scene;
    await settle(scene);
    const pulse = startPulse(gateway, 'offline/chat');
    for (const name of Object.keys(attacks) as AttackName[]) {
      await t.test(attacks[name].title, async (t) => {
        const { worked, how } = await attack(scene, name);
        outcomes.set(`${tier} ${name}`, how);
        const mayWork = getsThrough[tier].includes(name);
        t.equal(worked, mayWork, `${mayWork ? 'gets through' : 'is stopped'}: ${how}`);
        if (!worked) {
          const victim = await ask('victim', 'victim words');
          t.match(victim, { status: 200, text: 'VICTIM WORDS' }, 'another plugin serves on');
        }
      });
      if (getsThrough[tier].includes(name)) await scene.freshThreads();
    }
    await t.test(lie, async (t) => {
      const [report] = (await gateway.plugins()).filter(({ id }) => id === 'liar');
      outcomes.set(`${tier} ${lie}`, report?.state === 'on' ? 'gets through' : 'refused when it is loaded');
      t.match(report, { state: /^(?!on)/, reason: /encodeStream/ });
    });
    await pulse.stop();
    t.same(pulse.failures, [], 'requests through plugins on the main thread saw nothing');
    const lag = await eventLoopLag(gateway);
    const times = `other requests: median ${quantile(pulse.times, 0.5).toFixed(1)} ms`;
    t.comment(`${times}; event loop delay, 99 % below ${(lag * 1000).toFixed(1)} ms`);
    // The short run shares its two cores with other tests, and then says more of the machine than of the gateway.
    t.ok(lag < (long ? 0.02 : 0.15), `the event loop is never held up: ${lag * 1000} ms`);
    const names = readdirSync(scene.cwd);
    t.notOk(names.includes('proof'), 'no file was written');
    t.equal(scene.connections(), 0, 'nothing was called');
    t.notMatch(JSON.stringify(gateway.lines), 'flood 100', 'what a plugin prints is in no log');
    t.ok(gateway.isAlive());
    await gateway.stop();
  });
}

t.test('the table of the README says what this suite saw', async (t) => {
  const row = (name: string, title: string): string => {
    const cells = tiers.map((tier) => outcomes.get(`${tier} ${name}`) ?? 'not run');
    return `| ${title} | ${cells.join(' | ')} |`;
  };
  const names = Object.keys(attacks) as AttackName[];
  const rows = [...names.map((name) => row(name, attacks[name].title)), row(lie, lie)];
  const table = ['| a plugin tries | in a worker | in the sandbox |', '|---|---|---|', ...rows].join('\n');
  const readme = readFileSync(readmeFile, 'utf8');
  const [start, end] = ['<!-- isolation: made by the hostile suite -->\n', '\n<!-- /isolation -->'];
  const from = readme.indexOf(start) + start.length;
  const to = readme.indexOf(end);
  t.ok(from > start.length && to > from, 'the README has a place for it');
  if (process.env.DRAGOMAN_UPDATE === '1') {
    writeFileSync(readmeFile, readme.slice(0, from) + table + readme.slice(to));
    return;
  }
  const hint = 'made anew by DRAGOMAN_UPDATE=1 npx tap run test/isolation/hostile.test.ts';
  t.equal(readme.slice(from, to), table, hint);
});

/** A dialect for clients whose module lacks a function it takes to be one. */
function liarFiles(): Record<string, string> {
  const files = dialectFiles('liar', 'liar-chat');
  return { ...files, 'index.js': (files['index.js'] ?? '').replace('encodeStream: same,', '') };
}

interface Scene {
  tier: Tier;
  cwd: string;
  gateway: GatewayProcess;
  ask(plugin: 'hostile' | 'victim', text: string): Promise<ChatReply>;
  /** How many connections an attack made to a listener of ours. */
  connections(): number;
  port: number;
  /** New threads: what a plugin left behind in the old ones is gone with them. */
  freshThreads(): Promise<void>;
}

async function openScene(t: Test, tier: Tier): Promise<Scene> {
  const cwd = t.testdir();
  const config = `plugins:
  trust: { hostile: ${tier}, victim: ${tier}, liar: ${tier} }
  breaker: { enabled: false }
providers: { hostile: {}, victim: {}, offline: {} }
translation: { workers: 1 }
`;
  writeFileSync(join(cwd, 'gateway.yaml'), config);
  writePlugin(join(cwd, 'plugins/hostile'), hostileFiles('hostile'));
  writePlugin(join(cwd, 'plugins/victim'), victimFiles('victim'));
  writePlugin(join(cwd, 'plugins/liar'), liarFiles());
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
  t.teardown(() => listener.close());
  const gateway = await startGatewayProcess(cwd);
  t.teardown(() => gateway.kill());
  const marks = (Object.keys(attacks) as AttackName[]).filter((name) => 'afterwards' in attacks[name]);
  return {
    tier,
    cwd,
    gateway,
    port: (listener.address() as AddressInfo).port,
    connections: () => connections,
    ask: (plugin, text) =>
      chat(gateway, { model: `${plugin}/toy`, messages: [{ role: 'user', content: text }] }),
    async freshThreads() {
      for (let tries = 0; tries < 20; tries++) {
        await gateway.killThread();
        const left = await Promise.all(
          marks.map((name) =>
            chat(gateway, { model: 'hostile/toy', messages: [{ role: 'user', content: `after ${name}` }] }),
          ),
        );
        if (left.every(({ text }) => text === 'clean')) return;
      }
      throw new Error('a thread keeps what was left in it');
    },
  };
}

/** What is done once, after the start and when a tier is first asked, holds nobody up later. */
async function settle({ gateway, ask }: Scene): Promise<void> {
  for (const plugin of ['victim', 'hostile'] as const) await ask(plugin, 'after pollution');
  for (let tries = 0; tries < 30; tries++) {
    await eventLoopLag(gateway);
    await new Promise((resolve) => setTimeout(resolve, 300));
    if ((await eventLoopLag(gateway)) < 0.015) return;
  }
}

async function attack(scene: Scene, name: AttackName): Promise<{ worked: boolean; how: Outcome }> {
  const { ask, port } = scene;
  const { afterwards }: Attack = attacks[name];
  const before = scene.connections();
  const reply = await ask('hostile', `${name} ${argumentOf(name, port, scene.cwd)}`);
  if (reply.text.startsWith('harm')) return { worked: true, how: 'gets through' };
  if (reply.status !== 200) return { worked: false, how: explain(reply) };
  if (name === 'socket') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return scene.connections() > before
      ? { worked: true, how: 'gets through' }
      : { worked: false, how: 'refused' };
  }
  if (name === 'write' && existsSync(join(scene.cwd, 'proof'))) return { worked: true, how: 'gets through' };
  if (afterwards === undefined) return { worked: false, how: harmless(name, reply) };
  // The other plugin in the same threads first, then ourselves, in a request of somebody else.
  const victim = await ask('victim', 'victim words');
  const look = await ask('hostile', `after ${name}`);
  if (victim.text !== 'VICTIM WORDS') return { worked: true, how: 'reaches other plugins of its thread' };
  const reached =
    name === 'neighbour' ? 'hears the other plugins of its thread' : 'reaches other requests of its thread';
  if (look.text === 'harm') return { worked: true, how: reached };
  return { worked: false, how: name === 'timers' ? 'never fires' : 'gone with the request' };
}

function argumentOf(name: AttackName, port: number, cwd: string): string {
  if (name === 'socket') return String(port);
  if (name === 'write') return join(cwd, 'proof');
  if (name === 'addon') return '/lib/x86_64-linux-gnu/libc.so.6';
  return 'secret';
}

function harmless(name: AttackName, reply: ChatReply): Outcome {
  if (name === 'log') return 'goes nowhere';
  return reply.text === 'empty' ? 'is empty' : 'nothing is there';
}

/** The error in the words of the table; an error must name the plugin. */
function explain({ status, headers, error }: ChatReply): Outcome {
  if (!/Plugin 'hostile'/.test(error ?? '')) return `status ${status} without a word of the plugin: ${error}`;
  if (/not defined|no property|undefined|is not a function/i.test(error ?? '')) return 'not there';
  if (
    /ERR_ACCESS_DENIED|Access to this API has been restricted|ERR_DLOPEN_DISABLED|disabled/i.test(error ?? '')
  )
    return 'refused';
  const code = headers.get('x-dragoman-error');
  // Which of time and memory comes first is the machine's affair.
  return code === 'GW_TRANSLATE_TIMEOUT' || code === 'GW_TRANSLATE_LIMIT'
    ? 'stopped at its limit'
    : 'fails its own call';
}

/** 99th percentile in seconds since it was last asked for, which begins with the first time. */
async function eventLoopLag({ url, key }: GatewayProcess): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const found = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(await response.text());
  return Number(found?.[1]);
}
