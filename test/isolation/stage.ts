import { join } from 'node:path';
import type { Test } from 'tap';
import { json, stream } from '../helpers/answers.ts';
import { type ChatReply, chat } from '../helpers/chat.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { type GatewayProcess, startGatewayProcess } from '../helpers/gateway-process.ts';
import { misbehavingFiles } from '../modules/misbehaving.ts';
import { writePlugin } from '../modules/toy.ts';
import { versionedFiles } from '../modules/versioned.ts';
import { type Load, startLoad } from '../swap/load.ts';
import { startWordUpstream } from '../swap/word-upstream.ts';

export interface Stage {
  gateway: GatewayProcess;
  cwd: string;
  /** Asks the plugin `bad`: `request NAME`, `stream NAME`, or `stream none` for an answer that is in order. */
  askBad(text: string, stream?: boolean): Promise<ChatReply>;
  /** A steady load through the plugin `steady`, which runs in the same threads. */
  startSteady(): Load;
}

/** A gateway with two plugins in one tier: `bad`, which does what it is told, and `steady`, which is in order. */
export async function openStage(t: Test, tier: 'worker' | 'sandbox' = 'worker'): Promise<Stage> {
  const words = await startWordUpstream();
  const deeds = await startFakeUpstream({ strict: false });
  t.teardown(() => Promise.all([words.close(), deeds.close()]));
  deeds.always((request, response) => {
    const { name } = request.body;
    const deed = name === 'none' ? { say: 'more ' } : { do: name };
    if (request.body.stream !== true) return json(deed)(request, response);
    const frames = [{ say: 'one ' }, deed, { say: 'end ' }].map(
      (frame) => `data: ${JSON.stringify(frame)}\n\n`,
    );
    return stream([...frames, 'data: [DONE]\n\n'])(request, response);
  });
  const cwd = t.testdir({
    'gateway.yaml': `plugins: { trust: { bad: ${tier}, steady: ${tier} } }
providers: { bad: { allowPrivate: true }, steady: { allowPrivate: true }, offline: {} }
translation: { workers: 2 }
`,
  });
  writePlugin(join(cwd, 'plugins/bad'), misbehavingFiles('bad', deeds.origin));
  writePlugin(join(cwd, 'plugins/steady'), versionedFiles('steady', 1, words.origin));
  const gateway = await startGatewayProcess(cwd);
  t.teardown(() => gateway.kill());
  return {
    gateway,
    cwd,
    askBad: (text, streamed = true) =>
      chat(gateway, { model: 'bad/toy', stream: streamed, messages: [{ role: 'user', content: text }] }),
    startSteady: () => startLoad(gateway, 'steady', 4),
  };
}
