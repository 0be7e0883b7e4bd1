import { deepStrictEqual, strictEqual } from 'node:assert';
import { Connection } from './connection.ts';
import { requestOf } from './load.ts';
import { answerText, calledTool } from './replies.ts';
import type { Target } from './targets.ts';
import type { Workload } from './workloads.ts';

interface OpenaiChoice {
  message: { content: string; tool_calls?: { function: { name: string; arguments: string } }[] };
  finish_reason: string;
}
interface OpenaiChunk {
  choices: { delta: { content?: string }; finish_reason: string | null }[];
}

/**
 * Sends a workload's request once and compares the answer, and what the upstream was sent, with what they must be.
 * Returns the answer's length; throws when anything differs, so that nothing wrong is ever measured.
 */
export async function checkAnswer(workload: Workload, target: Target, upstreamPort: number): Promise<number> {
  const connection = await Connection.open(target.port);
  const { status, bytes, raw } = await connection.send(requestOf(workload, target.key), true);
  connection.close();
  const text = bodyOf(raw);
  strictEqual(status, 200, `${workload.name} at ${target.name}: ${text.slice(0, 300)}`);
  if (workload.events !== undefined) checkStream(workload, text);
  else if (workload.client === 'openai') checkOpenai(workload, text);
  else checkAnthropic(workload, text);
  await checkSent(workload, target, upstreamPort);
  return bytes;
}

function checkOpenai(workload: Workload, text: string): void {
  const choice = (JSON.parse(text) as { choices: OpenaiChoice[] }).choices[0];
  strictEqual(choice?.message.content, answerText(workload.script));
  if (workload.script !== 'agent') {
    strictEqual(choice.finish_reason, 'stop');
    return;
  }
  const called = choice.message.tool_calls?.[0]?.function;
  strictEqual(called?.name, calledTool.name);
  deepStrictEqual(JSON.parse(called.arguments), calledTool.input);
  strictEqual(choice.finish_reason, 'tool_calls');
}

function checkAnthropic(workload: Workload, text: string): void {
  const reply = JSON.parse(text) as { content: { text: string }[]; stop_reason: string };
  strictEqual(reply.content[0]?.text, answerText(workload.script));
  strictEqual(reply.stop_reason, 'end_turn');
}

function checkStream(workload: Workload, text: string): void {
  let words = '';
  let finish: string | null = null;
  const events = text.split('\n\n').filter((event) => event.startsWith('data: '));
  strictEqual(events.at(-1), 'data: [DONE]');
  for (const event of events.slice(0, -1)) {
    const choice = (JSON.parse(event.slice(6)) as OpenaiChunk).choices[0];
    words += choice?.delta.content ?? '';
    finish = choice?.finish_reason ?? finish;
  }
  strictEqual(words, answerText(workload.script));
  strictEqual(finish, 'stop');
}

/** The messages and tools that reached the upstream. */
async function checkSent(workload: Workload, target: Target, upstreamPort: number): Promise<void> {
  const reply = await fetch(`http://127.0.0.1:${upstreamPort}/seen`);
  const sent = (await reply.json()) as { messages: unknown[]; tools?: unknown[]; stream?: boolean };
  const isAgent = workload.script === 'agent';
  const hasSystem = target.name === 'bare' ? workload.client === 'openai' : workload.upstream === 'openai';
  strictEqual(sent.messages.length, (isAgent ? 119 : 1) + (hasSystem ? 1 : 0));
  strictEqual(sent.tools?.length ?? 0, isAgent ? 30 : 0);
  strictEqual(sent.stream ?? false, workload.events !== undefined);
}

/** The body of an answer as it came over the wire. */
function bodyOf(raw: Buffer): string {
  const start = raw.indexOf('\r\n\r\n') + 4;
  if (!/transfer-encoding: chunked/i.test(raw.toString('latin1', 0, start)))
    return raw.toString('utf8', start);
  const pieces: Buffer[] = [];
  for (let at = start; at < raw.length; ) {
    const lineEnd = raw.indexOf('\r\n', at);
    const length = Number.parseInt(raw.toString('latin1', at, lineEnd), 16);
    pieces.push(raw.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
  return Buffer.concat(pieces).toString('utf8');
}
