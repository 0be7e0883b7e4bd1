import OpenAI from 'openai';
import type {
  Response,
  ResponseInputContent,
  ResponseInputItem,
  ResponseOutputItem,
} from 'openai/resources/responses/responses';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

/** OpenAI's own library, asking for responses that are not stored. */
export function openaiResponses({ url, key }: Place): Client {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  return {
    name: 'openai (responses)',
    takesPdf: true,
    showsThought: true,
    echoesSignatures: true,
    countsCache: true,
    ask: (asked) => converse(openai, asked, opening(asked)),
    statusOf: (error) => (error instanceof OpenAI.RateLimitError ? error.status : null),
  };
}

function opening({ text, image, pdf }: Asked): ResponseInputItem[] {
  const content: ResponseInputContent[] = [{ type: 'input_text', text }];
  if (image !== undefined) {
    content.push({ type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${image}` });
  }
  if (pdf !== undefined) {
    content.push({ type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${pdf}` });
  }
  return [{ role: 'user', content }];
}

async function converse(openai: OpenAI, asked: Asked, input: ResponseInputItem[]): Promise<Heard> {
  const { model, system, schema, signal } = asked;
  const { name, description, schema: parameters } = weather;
  const body = {
    model,
    input,
    store: false,
    ...(system === undefined ? {} : { instructions: system }),
    ...(asked.tools
      ? { tools: [{ type: 'function' as const, name, description, parameters, strict: true }] }
      : {}),
    ...(asked.reasoning && !model.includes('gpt-4o')
      ? {
          reasoning: { effort: 'high' as const, summary: 'auto' as const },
          include: ['reasoning.encrypted_content' as const],
        }
      : {}),
    ...(schema === undefined
      ? {}
      : { text: { format: { type: 'json_schema' as const, name: 'place', strict: true, schema } } }),
  };
  const pieces: string[] = [];
  const reply = await (asked.stream ? whole() : openai.responses.create(body, { signal }));

  async function whole(): Promise<Response> {
    const stream = openai.responses.stream(body, { signal });
    stream.on('response.output_text.delta', ({ delta }) => {
      pieces.push(delta);
      asked.onText?.(delta);
    });
    const final = await stream.finalResponse();
    if (final.status === 'failed') throw new Error(final.error?.message);
    return final;
  }

  const called = reply.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
  const thoughts = reply.output.flatMap((item) => (item.type === 'reasoning' ? [item] : []));
  return {
    text: reply.output_text,
    pieces,
    thought: thoughts.flatMap(({ summary }) => summary.map(({ text }) => text)).join(''),
    calls: called.map((call) => ({ name: call.name, input: JSON.parse(call.arguments) })),
    usage: {
      input: reply.usage?.input_tokens ?? -1,
      output: reply.usage?.output_tokens ?? -1,
      cached: reply.usage?.input_tokens_details.cached_tokens ?? -1,
    },
    isCut: reply.status === 'incomplete',
    answer: (results, next = model) =>
      converse(openai, { ...asked, model: next }, [
        ...input,
        ...reply.output.map((item) => echoed(item, next)),
        ...called.map(({ call_id }, index) => ({
          type: 'function_call_output' as const,
          call_id,
          output: results[index] ?? '',
        })),
      ]),
  };
}

/**
 * The library adds `parsed` and `parsed_arguments` for its caller; OpenAI refuses them when they come back
 * (openai-python 2720), so a program has to leave them out there.
 */
function echoed(item: ResponseOutputItem, model: string): ResponseInputItem {
  if (!model.startsWith('openai-responses/')) return item as ResponseInputItem;
  return JSON.parse(
    JSON.stringify(item, (key, value: unknown) => (/^parsed(_arguments)?$/.test(key) ? undefined : value)),
  ) as ResponseInputItem;
}
