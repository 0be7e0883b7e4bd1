import { type Script, text, type Wire } from './payloads.ts';

/** What the mock upstream answers, made once. */
export interface WholeAnswer {
  type: 'whole';
  body: Buffer;
}
export interface StreamAnswer {
  type: 'stream';
  /** Written at once. */
  head: Buffer;
  /** One event each. */
  deltas: Buffer[];
  tail: Buffer;
}
export type Answer = WholeAnswer | StreamAnswer;

export const burstDeltas = 200;
export const slowDeltas = 60;
export const deltaEveryMs = 50;

/** The text of an answer; a client must end up with exactly this. */
export function answerText(script: Script): string {
  switch (script) {
    case 'small':
      return 'Red, yellow and blue.';
    case 'long':
      return text(10_000);
    case 'agent':
      return text(120);
    case 'burst':
      return deltaTexts(burstDeltas).join('');
    case 'slow':
      return deltaTexts(slowDeltas).join('');
    case 'held':
      return '';
  }
}

/** The tool call of an agent's answer. */
export const calledTool = { id: 'toolu_01A', name: 'tool_3', input: { path: 'src/main.ts', limit: 20 } };

function deltaTexts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => ` word${index}${index % 10 === 9 ? '.\n' : ''}`);
}

export function makeAnswer(wire: Wire, script: Script): Answer {
  const { whole, stream } = wire === 'openai' ? openai : anthropic;
  if (script === 'burst') return stream(deltaTexts(burstDeltas));
  if (script === 'slow') return stream(deltaTexts(slowDeltas));
  if (script === 'held') return stream([]);
  return { type: 'whole', body: Buffer.from(JSON.stringify(whole(script))) };
}

const created = 1_700_000_000;
const usage = { prompt_tokens: 25, completion_tokens: 60, total_tokens: 85 };
const openai = {
  whole(script: Script): object {
    const { id, name, input } = calledTool;
    const call = { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
    const calls = script === 'agent' ? { tool_calls: [call] } : {};
    const message = { role: 'assistant', content: answerText(script), refusal: null, ...calls };
    const finish = script === 'agent' ? 'tool_calls' : 'stop';
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created,
      model: script,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
      usage,
    };
  },
  stream(texts: string[]): StreamAnswer {
    const chunk = (delta: object, finish: string | null = null): string => {
      const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
      const body = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created, model: 'bench', choices };
      return `data: ${JSON.stringify(body)}\n\n`;
    };
    return {
      type: 'stream',
      head: Buffer.from(chunk({ role: 'assistant', content: '' })),
      deltas: texts.map((content) => Buffer.from(chunk({ content }))),
      tail: Buffer.from(`${chunk({}, 'stop')}data: [DONE]\n\n`),
    };
  },
};

const anthropic = {
  whole(script: Script): object {
    const use = { type: 'tool_use', ...calledTool };
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: script,
      content: [{ type: 'text', text: answerText(script) }, ...(script === 'agent' ? [use] : [])],
      stop_reason: script === 'agent' ? 'tool_use' : 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 25, output_tokens: 60 },
    };
  },
  stream(texts: string[]): StreamAnswer {
    const event = (body: { type: string }): string =>
      `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`;
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'bench',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 25, output_tokens: 1 },
    };
    const start = { type: 'message_start', message };
    const open = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
    const delta = (words: string) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text: words },
    });
    const finish = {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 60 },
    };
    const close = { type: 'content_block_stop', index: 0 };
    return {
      type: 'stream',
      head: Buffer.from(event(start) + event(open) + event({ type: 'ping' })),
      deltas: texts.map((words) => Buffer.from(event(delta(words)))),
      tail: Buffer.from(event(close) + event(finish) + event({ type: 'message_stop' })),
    };
  },
};
