import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import type { ExchangeRecord } from '../../../core/observe/exchange-record.ts';
import { type Log, silentLog } from '../../../core/observe/log.ts';
import { openaiFrames } from '../../helpers/answers.ts';
import { startFakeUpstream } from '../../helpers/fake-upstream.ts';
import { cutStream } from '../../helpers/faults.ts';

const key = 'a-key-for-tests-0123456789';
const half = openaiFrames([
  {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' }, finish_reason: null }],
  },
])
  .filter((frame) => !frame.includes('[DONE]'))
  .join('');

t.test(
  'a stream that ends without its end is logged as truncated, in pass-through and in translation',
  async (t) => {
    const upstream = await startFakeUpstream();
    t.teardown(() => upstream.close());
    const records: ExchangeRecord[] = [];
    const log: Log = {
      ...silentLog,
      info: (message, fields) => {
        if (message === 'exchange') records.push(fields as ExchangeRecord);
      },
    };
    const cwd = t.testdir({
      'gateway.yaml': `providers:\n  openai: { baseUrl: '${upstream.origin}/v1', allowPrivate: true, credentials: [{ key: '\${UPSTREAM_KEY}' }] }\n`,
    });
    const gateway = await createGateway({
      cwd,
      port: 0,
      env: { DRAGOMAN_KEY: key, UPSTREAM_KEY: upstream.key },
      log,
    });
    t.teardown(() => gateway.stop({ now: true }));
    const { url } = await gateway.start();
    const cases = ['/v1/chat/completions', '/v1/messages'].flatMap((path) =>
      (['end', 'reset'] as const).map((how) => [path, how] as const),
    );
    for (const [path, how] of cases) {
      upstream.answer(cutStream(half, how));
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({
          model: 'openai/gpt-4o-mini',
          max_tokens: 9,
          stream: true,
          messages: [{ role: 'user', content: 'hi' }],
        }),
      });
      t.equal(response.status, 200, path);
      const text = await response.text();
      // OpenAI's clients read codes of OpenAI alone; Anthropic's find ours beside.
      const code =
        path === '/v1/messages' ? 'error_code":"GW_UPSTREAM_TRUNCATED' : 'code":"internal_server_error';
      t.match(text, code, `${path} ${how}: one name, however it broke off`);
      t.notMatch(text, /\[DONE\]|message_stop/, path);
    }
    t.same(
      records.map((record) => record.code),
      cases.map(() => 'GW_UPSTREAM_TRUNCATED'),
    );
    t.same(
      records.map((record) => record.passThrough),
      [true, true, false, false],
    );
  },
);
