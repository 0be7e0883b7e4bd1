import type { JsonObject } from '@dragoman/plugin-sdk';
import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import {
  type AIMessageChunk,
  type BaseMessage,
  type ContentBlock,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

/** One of LangChain's packages, as it is pointed at the gateway. */
interface Package {
  name: string;
  model(asked: Asked): BaseChatModel;
  /** How it is asked for an answer of a shape. */
  formatOf(schema: JsonObject): object;
  echoesSignatures: boolean;
  showsThought: boolean;
  countsCache: boolean;
  misreads?: Client['misreads'];
  needsThought?: boolean;
}

export function langchainOpenai({ url, key }: Place): Client {
  return client({
    name: '@langchain/openai',
    model: ({ model, reasoning, stream }) =>
      new ChatOpenAI({
        model,
        apiKey: key,
        configuration: { baseURL: `${url}/v1` },
        maxRetries: 0,
        streamUsage: stream,
        ...(reasoning && !model.includes('gpt-4o') ? { reasoning: { effort: 'high' } } : {}),
      }),
    formatOf: (schema) => ({
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema } },
    }),
    echoesSignatures: false,
    showsThought: false,
    countsCache: true,
  });
}

export function langchainAnthropic({ url, key }: Place): Client {
  return client({
    name: '@langchain/anthropic',
    model: ({ model, reasoning }) =>
      new ChatAnthropic({
        model,
        apiKey: key,
        anthropicApiUrl: url,
        maxRetries: 0,
        maxTokens: 4096,
        ...(reasoning ? { thinking: { type: 'enabled', budget_tokens: 2048 } } : {}),
      }),
    formatOf: (schema) => ({ outputConfig: { format: { type: 'json_schema', schema } } }),
    echoesSignatures: true,
    showsThought: true,
    countsCache: true,
    needsThought: true,
    // It takes input from `message_start` alone, which a translated stream cannot know yet, and adds the output there.
    misreads: ({ output }, dialect) =>
      dialect === 'anthropic-messages' ? { input: 9, output: output + 1, cached: 4 } : { input: 0, output },
  });
}

function client({ model, formatOf, ...rest }: Package): Client {
  return {
    ...rest,
    takesPdf: true,
    ask: (asked) => converse(model, formatOf, asked, opening(asked)),
    statusOf: (error) => (error as { status?: number }).status ?? null,
  };
}

function opening({ system, text, image, pdf }: Asked): BaseMessage[] {
  const blocks: ContentBlock.Standard[] = [{ type: 'text', text }];
  if (image !== undefined) blocks.push({ type: 'image', data: image, mimeType: 'image/png' });
  if (pdf !== undefined) {
    blocks.push({ type: 'file', data: pdf, mimeType: 'application/pdf', metadata: { filename: 'a.pdf' } });
  }
  const user = blocks.length === 1 ? new HumanMessage(text) : new HumanMessage({ contentBlocks: blocks });
  return system === undefined ? [user] : [new SystemMessage(system), user];
}

async function converse(
  modelOf: Package['model'],
  formatOf: Package['formatOf'],
  asked: Asked,
  messages: BaseMessage[],
): Promise<Heard> {
  const { schema, signal } = asked;
  const model = modelOf(asked);
  const { name, description, schema: parameters } = weather;
  const offered = tool(() => '', { name, description, schema: parameters });
  const bound = asked.tools ? (model.bindTools?.([offered]) ?? model) : model;
  const options = {
    ...(signal === undefined ? {} : { signal }),
    ...(schema === undefined ? {} : formatOf(schema)),
  };
  const pieces: string[] = [];
  const reply = await (asked.stream ? whole() : bound.invoke(messages, options));

  async function whole(): Promise<AIMessageChunk> {
    let sum: AIMessageChunk | undefined;
    for await (const chunk of await bound.stream(messages, options)) {
      const piece = (chunk as AIMessageChunk).text;
      if (piece !== '') {
        pieces.push(piece);
        asked.onText?.(piece);
      }
      sum = sum === undefined ? (chunk as AIMessageChunk) : sum.concat(chunk as AIMessageChunk);
    }
    if (sum === undefined) throw new Error('nothing was said');
    return sum;
  }

  const { usage_metadata: usage, tool_calls: calls = [] } = reply as AIMessageChunk;
  return {
    text: (reply as AIMessageChunk).text,
    pieces,
    thought: thoughtOf(reply as AIMessageChunk),
    calls: calls.map((call) => ({ name: call.name, input: call.args as JsonObject })),
    usage: {
      input: usage?.input_tokens ?? -1,
      output: usage?.output_tokens ?? -1,
      cached: usage?.input_token_details?.cache_read ?? -1,
    },
    isCut: /length|max_tokens/.test(endOf(reply as AIMessageChunk)),
    answer: (results, next = asked.model) =>
      converse(modelOf, formatOf, { ...asked, model: next }, [
        ...messages,
        reply as AIMessageChunk,
        ...calls.map(
          ({ id }, index) => new ToolMessage({ content: results[index] ?? '', tool_call_id: id ?? '' }),
        ),
      ]),
  };
}

function thoughtOf({ content }: AIMessageChunk): string {
  if (typeof content === 'string') return '';
  return content.map((block) => (block.type === 'thinking' ? String(block.thinking) : '')).join('');
}

function endOf({ response_metadata: end, additional_kwargs: kept }: AIMessageChunk): string {
  return String(end.finish_reason ?? end.stop_reason ?? kept.stop_reason);
}
