import t, { type Test } from 'tap';
import { replay } from '../helpers/answers.ts';
import { readEnd } from '../helpers/broken-streams.ts';
import { answerBytes, type Recording, recordings, skipWithoutCorpus } from '../helpers/corpus.ts';
import { badChunk, cutStream } from '../helpers/faults.ts';
import { startPair } from '../helpers/gateway.ts';
import { splitEvery, splitInsideCharacters, splitLineEnds } from '../helpers/split.ts';
import { anthropicCalls, openaiCalls } from '../helpers/tool-frames.ts';

/** `npm run test:long` takes every recording and more places to cut. */
const isLong = process.env.DRAGOMAN_LONG === '1';
if (isLong) t.setTimeout(600_000);
const pair = await startPair(t);
const clients = {
  openai: { path: '/v1/chat/completions' },
  anthropic: { path: '/v1/messages' },
} as const;
type Client = keyof typeof clients;
const providers = {
  'openai-chat': ['openai/gpt-4o', 'openai-twin/gpt-4o'],
  anthropic: ['anthropic/claude-sonnet-4-5', 'anthropic-twin/claude-sonnet-4-5'],
} as const;
type Folder = keyof typeof providers;

/** Every way a stream of a dialect can go: passed through, translated to itself, crossed. */
function flows(folder: Folder): [client: Client, model: string][] {
  const [plain, twin] = providers[folder];
  const [own, other]: [Client, Client] =
    folder === 'anthropic' ? ['anthropic', 'openai'] : ['openai', 'anthropic'];
  return [
    [own, plain],
    [own, twin],
    [other, plain],
  ];
}

function ask(client: Client, model: string): Promise<Response> {
  const messages = [{ role: 'user', content: 'Hi' }];
  const body = { model, messages, stream: true, ...(client === 'anthropic' ? { max_tokens: 100 } : {}) };
  return pair.post(clients[client].path, body, { 'x-request-id': 'fixed' });
}

const terminators = {
  'openai-chat': ['"finish_reason":"', '"finish_reason": "'],
  anthropic: ['event: message_stop'],
};

/** Up to here nothing has said that the answer is complete. */
function openLength(folder: Folder, bytes: Buffer): number {
  const found = terminators[folder].map((mark) => bytes.indexOf(mark)).filter((at) => at >= 0);
  return Math.min(bytes.length, ...found);
}

/** Spread over the stream: frame ends, inside frames, the very last byte before it would be complete. */
function offsets(folder: Folder, bytes: Buffer): number[] {
  const length = openLength(folder, bytes);
  const chosen = new Set([1, length]);
  const steps = isLong ? 20 : 5;
  for (let step = 1; step < steps; step++) {
    const at = Math.floor((length * step) / steps);
    chosen.add(Math.max(1, at));
    const frameEnd = bytes.indexOf('\n\n', at) + 2;
    if (frameEnd > 1 && frameEnd <= length) chosen.add(frameEnd);
  }
  return [...chosen];
}

async function checkCuts(t: Test, folder: Folder, name: string, bytes: Buffer): Promise<void> {
  for (const [client, model] of flows(folder)) {
    for (const at of offsets(folder, bytes)) {
      for (const how of ['end', 'close', 'reset'] as const) {
        pair.upstream.answer(cutStream(bytes.subarray(0, at), how));
        const reply = await ask(client, model);
        const text = await reply.text();
        const where = `${name} to ${client} from ${model}, cut at ${at} of ${bytes.length} by ${how}`;
        if (reply.status !== 200) {
          if (reply.status < 500) t.fail(`status ${reply.status}: ${where}`);
          continue;
        }
        const end = readEnd(text);
        if (end.errors === 1 && end.endsInError && !end.isSuccess) continue;
        t.fail(where, { end, text: text.slice(-300) });
      }
    }
  }
  t.pass(`${name} holds`);
}

const calls = [
  { id: 'call_1', name: 'weather', pieces: ['{"ci', 'ty": "Å', 'rhus"}'] },
  { id: 'call_2', name: 'weather', pieces: ['{"city": "Oslo"}'] },
];

t.test('a stream that is cut anywhere ends in one error and never looks like success', async (t) => {
  await checkCuts(t, 'openai-chat', 'calls', Buffer.from(openaiCalls('Så', calls).join('')));
  await checkCuts(t, 'anthropic', 'calls', Buffer.from(anthropicCalls('Så', calls).join('')));
});

function streamed(folder: Folder): Recording[] {
  return recordings(folder, { stream: true, status: 200 }).filter(
    ({ framing_reconstructed, elided_binary }) => framing_reconstructed !== true && !elided_binary,
  );
}

for (const folder of ['openai-chat', 'anthropic'] as const) {
  t.test(`recorded ${folder} streams hold to it too`, { skip: skipWithoutCorpus }, async (t) => {
    const all = streamed(folder);
    for (const feature of ['tool_call', 'reasoning', 'server_tool']) {
      const found = all.find(({ features }) => features.includes(feature));
      if (found !== undefined) await checkCuts(t, folder, found.name, answerBytes(found));
    }
    const plain = all.find(({ features }) => features.length === 0);
    if (plain !== undefined) await checkCuts(t, folder, plain.name, answerBytes(plain));
  });

  t.test(
    `recorded ${folder} streams say the same however their bytes are cut`,
    { skip: skipWithoutCorpus },
    async (t) => {
      // One that fails in its first read has the status of its failure; in a later read the stream has begun.
      const sound = streamed(folder).filter((recorded) => !answerBytes(recorded).includes('"error":{'));
      const all = isLong ? sound : sound.filter((_, index) => index % 4 === 0);
      t.ok(all.length > 1);
      for (const recorded of all) {
        for (const [client, model] of flows(folder)) {
          const texts: string[] = [];
          for (const split of [
            (bytes: Buffer) => [bytes],
            splitInsideCharacters,
            splitLineEnds,
            (bytes: Buffer) => splitEvery(bytes, Math.ceil(bytes.length / 300)),
          ]) {
            pair.upstream.answer(replay(recorded, { split }));
            const reply = await ask(client, model);
            texts.push((await reply.text()).replaceAll(/"created":\d+/g, '"created":0'));
            if (reply.status !== 200)
              t.fail(`status ${reply.status}: ${recorded.name} to ${client}`, { text: texts.at(-1) });
          }
          const [whole, ...others] = texts;
          for (const other of others)
            if (other !== whole) t.equal(other, whole, `${recorded.name} to ${client} from ${model}`);
          if (!readEnd(whole ?? '').isSuccess)
            t.fail(`${recorded.name} to ${client} from ${model}: no end`, { whole: whole?.slice(-300) });
        }
      }
    },
  );
}

t.test('a stream whose chunks are broken ends in one error', async (t) => {
  for (const folder of ['openai-chat', 'anthropic'] as const) {
    const [first = '', second = '', third = ''] =
      folder === 'anthropic' ? anthropicCalls('One', []) : openaiCalls('One', []);
    for (const [client, model] of flows(folder)) {
      pair.upstream.answer(badChunk(first + second + third));
      const reply = await ask(client, model);
      const text = await reply.text();
      t.match(readEnd(text), { errors: 1, endsInError: true, isSuccess: false }, `${client} from ${model}`);
    }
  }
});

t.test('both SDKs throw at a stream that was cut', async (t) => {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  for (const [folder, frames] of [
    ['openai-chat', openaiCalls('One', calls)],
    ['anthropic', anthropicCalls('One', calls)],
  ] as const) {
    const bytes = frames.slice(0, 6).join('');
    for (const [client, model] of flows(folder)) {
      for (const how of ['end', 'close', 'reset'] as const) {
        pair.upstream.answer(cutStream(bytes, how));
        const read =
          client === 'openai'
            ? pair.openai.chat.completions.stream({ model, messages }).finalChatCompletion()
            : pair.anthropic.messages.stream({ model, messages, max_tokens: 100 }).finalMessage();
        await t.rejects(read as Promise<unknown>, Error, `${client} from ${model}, ${how}`);
      }
    }
  }
});
