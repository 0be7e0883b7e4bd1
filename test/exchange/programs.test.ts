import type { JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { langchainRequest, opencodeRequest, qwenCodeRequest } from '../cases/chat-programs.ts';
import { claudeCodeHeaders, claudeCodeRequest } from '../cases/claude-code.ts';
import { codexRequest } from '../cases/codex.ts';
import { geminiCliRequest } from '../cases/gemini-cli.ts';
import { models, startEvery } from '../helpers/every-provider.ts';
import { says } from '../helpers/replies/says.ts';

interface Program {
  path: (model: string) => string;
  headers?: Record<string, string>;
  body: (model: string) => JsonObject;
  /** How the stream ends when all is well. */
  end: RegExp;
  /** What must arrive at every service, and what at none that is not the program's own. */
  arrives: string[];
  stays: RegExp;
}

const signature = 'EqQBfakeSignatureOfAThought';
const pair = await startEvery(t, {}, { signatures: [signature] });
t.beforeEach(() => pair.upstream.forget());

const chat = {
  path: () => '/v1/chat/completions',
  end: /"finish_reason":"tool_calls".*\[DONE\]\s*$/s,
  stays: /cache_control/,
};
const programs: Record<string, Program> = {
  'Claude Code': {
    path: () => '/v1/messages?beta=true',
    headers: { ...claudeCodeHeaders, 'x-api-key': pair.key },
    body: (model) => claudeCodeRequest(model, signature),
    end: /"stop_reason":"tool_use".*event: message_stop/s,
    arrives: ['You are Claude Code.', 'a.txt', 'File does not exist.'],
    stays: /cache_control|defer_loading|context_management|billing-header|fakeSignature/,
  },
  Codex: {
    path: () => '/v1/responses',
    body: codexRequest,
    end: /event: response\.completed/,
    arrives: ['You are Codex.', 'workspace-write', 'a.txt', '12:00'],
    stays: /client_metadata|fco_|"namespace"/,
  },
  'Gemini CLI': {
    path: (model) => `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    headers: { 'x-goog-api-key': pair.key, authorization: '' },
    body: geminiCliRequest,
    end: /"finishReason":"STOP"/,
    arrives: ['interactive CLI agent', 'a.txt', 'File does not exist.'],
    stays: /skip_thought_signature_validator|thinkingLevel|parametersJsonSchema/,
  },
  'Qwen Code': { ...chat, body: qwenCodeRequest, arrives: ['You are Qwen Code.', 'File does', 'not exist.'] },
  opencode: {
    ...chat,
    body: opencodeRequest,
    arrives: ['You are opencode.', 'environment', 'File does not exist.'],
  },
  LangChain: { ...chat, body: langchainRequest, arrives: ['Be brief', 'File does not exist.'] },
};
const own: Record<string, string> = {
  'Claude Code': 'anthropic-messages',
  Codex: 'openai-responses',
  'Gemini CLI': 'gemini',
};
const call = { id: 'call_9', name: 'read', pieces: ['{"path":', '"b.txt"}'] };

for (const [name, program] of Object.entries(programs)) {
  t.test(`${name} goes on with a model of every dialect`, async (t) => {
    for (const [dialect, model] of Object.entries(models)) {
      pair.upstream.answer(says({ thought: 'Hm.', text: ['I', ' see.'], calls: [call] }));
      const { authorization: _none, ...headers } = program.headers ?? {};
      const reply = await pair.post(program.path(model), program.body(model), {
        'x-dragoman-loss': 'warn',
        ...headers,
      });
      const text = await reply.text();
      const sent = pair.upstream.requests.at(-1);
      t.equal(reply.status, 200, `${dialect}: ${text}`);
      t.equal(sent?.refusal, undefined, dialect);
      t.match(text, program.end, dialect);
      const body = JSON.stringify(sent?.body);
      for (const word of program.arrives) t.ok(body.includes(word), `${word} arrives at ${dialect}`);
      const isOwn = own[name] === dialect || (dialect === 'anthropic-messages' && name === 'opencode');
      if (!isOwn) t.notMatch(body, program.stays, `what is ${name}'s stays: ${dialect}`);
    }
  });
}
