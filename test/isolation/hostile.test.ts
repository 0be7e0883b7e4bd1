import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import t, { type Test } from 'tap';
import type { ChatReply } from '../helpers/chat.ts';
import type { GatewayProcess } from '../helpers/gateway-process.ts';
import { type Attack, type AttackName, attacks } from '../modules/attacks.ts';
import { idOf, loadAttacks, look, order } from '../modules/hostile.ts';
import { attackNames, loadNames, openScene, type PlaceName, places, type Scene } from './hostile-scene.ts';
import { quantile, startPulse } from './pulse.ts';

const readmeFile = resolve(import.meta.dirname, '../../README.md');
const long = process.env.DRAGOMAN_LONG === '1';
/** Times the attacks are made, each plugin alone; what grows with their number is a leak. */
const rounds = long ? 5 : 1;

/** A worker holds faults and not malice: what is expected to get through there, and is told so in the README. */
const getsThrough: Record<PlaceName, readonly AttackName[]> = {
  worker: ['buffers', 'pollution', 'memory', 'neighbour', 'kill', 'constructor', 'clock'],
  sandbox: [],
  module: [],
};
/** `limits.timeoutMs` is 500; a call whose thread died of anything else is run once more, in a new one. */
const withinMs = long ? 2_500 : 6_000;

/** One cell of the table: what became of an attack. */
type Outcome = string;
const outcomes = new Map<string, Outcome>();
const none = 'no such thing';
const isRefused = 'refused when it is loaded';
const changing = 'a folder that changes while it loads';

for (const place of Object.keys(places) as PlaceName[]) {
  t.test(`hostile plugins ${places[place].title}`, { timeout: 110_000 * rounds }, async (t) => {
    const scene = await openScene(t, place);
    const { gateway, ask, callable } = scene;
    await settle(scene);
    const before = await measureRest(gateway);
    const own = monitorEventLoopDelay({ resolution: 10 });
    own.enable();
    let longestTurn = 0;
    /** Its event loop was free for others, also where a busy machine says nothing of delays. */
    async function checkLoop(t: Test): Promise<void> {
      const ms = await gateway.turns();
      longestTurn = Math.max(longestTurn, ms);
      t.ok(ms < 20, `the event loop was at work for ${ms.toFixed(1)} ms at a time`);
    }
    await gateway.turns();
    const pulse = startPulse(gateway, 'offline/chat');
    let early: Rest | undefined;
    for (let round = 1; round <= rounds; round++) {
      for (const name of callable) {
        await t.test(attacks[name].title, async (t) => {
          const startedAt = performance.now();
          const attacking = attack(scene, name);
          const mayWork = getsThrough[place].includes(name);
          const beside = mayWork ? null : ask('victim', 'victim words');
          const { worked, how, ms } = await attacking;
          outcomes.set(`${place} ${name}`, how);
          t.equal(worked, mayWork, `${mayWork ? 'gets through' : 'is stopped'}: ${how}`);
          t.ok(ms < withinMs, `within its limit: ${ms.toFixed(0)} ms`);
          t.ok(performance.now() - startedAt < 2 * withinMs);
          await checkLoop(t);
          if (beside === null) return;
          t.match(await beside, { status: 200, text: 'VICTIM WORDS' }, 'another plugin serves meanwhile');
          t.match(
            await ask('victim', 'victim words'),
            { status: 200, text: 'VICTIM WORDS' },
            'and afterwards',
          );
        });
        if (getsThrough[place].includes(name)) await scene.freshThreads();
      }
      if (round === 2) {
        early = await measureRest(gateway);
        // Collecting by force keeps the loop at work.
        await gateway.turns();
      }
    }
    await gateway.turns();
    await scene.dropIn();
    await checkLoop(t);
    for (const report of await gateway.plugins()) {
      const name = [...attackNames, ...loadNames].find((each) => idOf(each) === report.id);
      if (name === undefined || callable.includes(name as AttackName)) continue;
      const title = name in attacks ? attacks[name as AttackName].title : loadAttacks[name as 'lie'].title;
      await t.test(title, async (t) => {
        const reason = name in loadAttacks ? loadAttacks[name as 'lie'].reason : /it imports \w+ of/;
        outcomes.set(`${place} ${name}`, report.state === 'on' ? 'gets through' : isRefused);
        t.match(report, { state: /^(?!on)/, reason });
        t.match(report.reason, idOf(name), 'the plugin is named');
        t.match(await ask('victim', 'victim words'), { text: 'VICTIM WORDS' }, 'another plugin serves on');
      });
    }
    await scene.takeAway();
    await gateway.turns();
    await t.test(changing, async (t) => {
      const answers = await scene.change();
      const isHalf = answers.some((text) => !/^(\d+)\.\1$/.test(text));
      outcomes.set(`${place} changing`, isHalf ? 'gets through' : 'is never used half written');
      t.notOk(isHalf, `${new Set(answers).size} versions answered ${answers.length} times`);
      t.not(answers.at(-1), answers[0], 'once it rests, it is used');
      await checkLoop(t);
    });
    await pulse.stop();
    t.same(pulse.failures, [], 'requests through plugins on the main thread saw nothing');
    const lag = await eventLoopLag(gateway);
    const ownLag = own.percentile(99) / 1e9;
    const times = `other requests: median ${quantile(pulse.times, 0.5).toFixed(1)} ms; at work ${longestTurn.toFixed(1)} ms at a time`;
    t.comment(
      `${times}; event loop delay, 99 % below ${(lag * 1000).toFixed(1)} ms (here ${ownLag * 1000} ms)`,
    );
    // The short run may share its two cores with other tests, and then says more of the machine than of the gateway:
    // that shows in this process too, whose own loop has nearly nothing to do.
    const isQuiet = long || ownLag < 0.0125;
    t.ok(lag < (isQuiet ? 0.02 : 0.15), `the event loop is never held up: ${lag * 1000} ms`);
    const after = await measureRest(gateway);
    t.comment(
      `memory ${mb(before)}, afterwards ${mb(after)}; ${before.threads} and ${after.threads} threads`,
    );
    t.ok(after.threads <= before.threads, 'threads are back to what they were');
    t.strictSame(after.handles, before.handles, 'and so are handles');
    t.ok(after.heapUsed < before.heapUsed + 8e6, `and the heap: ${mb(before)}, then ${mb(after)}`);
    if (early !== undefined)
      t.ok(after.rss < early.rss * 1.1, `${mb(after)} are no more than ${mb(early)} + 10 %`);
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
    const cells = Object.keys(places).map((place) => outcomes.get(`${place} ${name}`) ?? none);
    return `| ${title} | ${cells.join(' | ')} |`;
  };
  const rows = [
    ...attackNames.map((name) => row(name, attacks[name].title)),
    ...loadNames.map((name) => row(name, loadAttacks[name].title)),
    row('changing', changing),
  ];
  const titles = Object.values(places).map(({ title }) => title);
  const table = [`| a plugin tries | ${titles.join(' | ')} |`, '|---|---|---|---|', ...rows].join('\n');
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

/** What is done once, after the start and when a tier is first asked, holds nobody up later. */
async function settle({ gateway, ask, callable }: Scene): Promise<void> {
  for (const id of ['victim', 'changing', ...callable.map(idOf)]) await ask(id, look);
  await gateway.turns();
  for (let tries = 0; tries < 30; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    // By now copies of bundled code have been made, and with them other threads.
    await ask('victim', look);
    if ((await gateway.turns()) < 5) break;
  }
  await eventLoopLag(gateway);
}

async function attack(
  scene: Scene,
  name: AttackName,
): Promise<{ worked: boolean; how: Outcome; ms: number }> {
  const { ask, port } = scene;
  const { afterwards, wasm, harmless }: Attack = attacks[name];
  const before = scene.connections();
  const startedAt = performance.now();
  const reply = await ask(idOf(name), `${order} ${argumentOf(name, port, scene.cwd)}`, name === 'state');
  const ms = performance.now() - startedAt;
  const told = (worked: boolean, how: Outcome) => ({ worked, how, ms });
  if (reply.text.startsWith('harm')) return told(true, 'gets through');
  if (reply.error !== null) return told(false, explain(reply, idOf(name)));
  if (name === 'socket') {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return scene.connections() > before ? told(true, 'gets through') : told(false, 'refused');
  }
  if (name === 'write' && existsSync(join(scene.cwd, 'proof'))) return told(true, 'gets through');
  const isLeft = places[scene.place].kind === 'wasm' ? wasm?.look !== undefined : afterwards !== undefined;
  if (!isLeft) return told(false, harmless ?? 'nothing is there');
  // The other plugin in the same threads first, then ourselves, in a request of somebody else.
  const victim = await ask('victim', 'victim words');
  const left = await ask(idOf(name), look);
  if (victim.text !== 'VICTIM WORDS') return told(true, 'reaches other plugins of its thread');
  const reached =
    name === 'neighbour' ? 'hears the other plugins of its thread' : 'reaches other requests of its thread';
  if (left.text === 'harm') return told(true, reached);
  if (left.text !== 'clean') return told(true, `cannot be told: ${left.error ?? left.text}`);
  return told(false, name === 'timers' ? 'never fires' : 'gone with the request');
}

function argumentOf(name: AttackName, port: number, cwd: string): string {
  if (name === 'socket') return String(port);
  if (name === 'write') return join(cwd, 'proof');
  if (name === 'addon') return '/lib/x86_64-linux-gnu/libc.so.6';
  return 'secret words';
}

/** The error in the words of the table; an error must name the plugin. */
function explain({ status, headers, error }: ChatReply, id: string): Outcome {
  if (!error?.includes(`Plugin '${id}'`)) return `status ${status} without a word of the plugin: ${error}`;
  if (/not defined|no property|undefined|is not a function|is not there in/i.test(error)) return 'not there';
  if (/ERR_ACCESS_DENIED|Access to this API has been restricted|ERR_DLOPEN_DISABLED|disabled/i.test(error))
    return 'refused';
  const code = headers.get('x-dragoman-error');
  // Which of time and memory comes first is the machine's affair.
  return code === 'GW_TRANSLATE_TIMEOUT' ||
    code === 'GW_TRANSLATE_LIMIT' ||
    /used more than its limit/.test(error)
    ? 'stopped at its limit'
    : 'fails its own call';
}

interface Rest {
  threads: number;
  /** Of each kind but connections and timers, which come and go. */
  handles: Record<string, number>;
  heapUsed: number;
  rss: number;
}

/** With nothing going on, the least of several looks: a thread that was ended takes a moment. */
async function measureRest(gateway: GatewayProcess): Promise<Rest> {
  let rest: Rest | undefined;
  for (let round = 0; round < 2; round++) {
    const [threads, { heapUsed, rss }] = [await gateway.threads(), await gateway.memory()];
    const handles: Record<string, number> = {};
    for (const kind of await gateway.handles()) {
      if (!/^(TCP|HTTP|Timeout|Immediate)/.test(kind)) handles[kind] = (handles[kind] ?? 0) + 1;
    }
    if (rest === undefined || rss < rest.rss) rest = { threads, handles, heapUsed, rss };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return rest as Rest;
}

function mb({ rss, heapUsed }: Rest): string {
  return `${(rss / 1e6).toFixed(0)} MB (heap ${(heapUsed / 1e6).toFixed(1)})`;
}

/** 99th percentile in seconds since it was last asked for, which begins with the first time. */
async function eventLoopLag({ url, key }: GatewayProcess): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const found = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(await response.text());
  return Number(found?.[1]);
}
