import type { JsonObject } from '@dragoman/plugin-sdk';
import {
  ApiError,
  type Content,
  type GenerateContentParameters,
  GoogleGenAI,
  type Part,
} from '@google/genai';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

/** Google's own library. */
export function googleGenai({ url, key }: Place): Client {
  const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
  return {
    name: '@google/genai',
    takesPdf: true,
    showsThought: true,
    echoesSignatures: true,
    countsCache: true,
    ask: (asked) => converse(google, asked, opening(asked)),
    statusOf: (error) => (error instanceof ApiError ? error.status : null),
  };
}

function opening({ text, image, pdf }: Asked): Content[] {
  const parts: Part[] = [{ text }];
  if (image !== undefined) parts.push({ inlineData: { mimeType: 'image/png', data: image } });
  if (pdf !== undefined) parts.push({ inlineData: { mimeType: 'application/pdf', data: pdf } });
  return [{ role: 'user', parts }];
}

async function converse(google: GoogleGenAI, asked: Asked, contents: Content[]): Promise<Heard> {
  const { model, system, schema, signal } = asked;
  const { name, description, schema: parametersJsonSchema } = weather;
  const body: GenerateContentParameters = {
    model,
    contents,
    config: {
      ...(signal === undefined ? {} : { abortSignal: signal }),
      ...(system === undefined ? {} : { systemInstruction: system }),
      ...(asked.tools
        ? { tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema }] }] }
        : {}),
      ...(asked.reasoning ? { thinkingConfig: { includeThoughts: true } } : {}),
      ...(schema === undefined ? {} : { responseMimeType: 'application/json', responseJsonSchema: schema }),
    },
  };
  const pieces: string[] = [];
  const parts: Part[] = [];
  let isCut = false;
  let usage = { input: -1, output: -1, cached: -1 };
  for (const reply of asked.stream ? await streamed() : [await google.models.generateContent(body)]) {
    parts.push(...(reply.candidates?.[0]?.content?.parts ?? []));
    isCut ||= reply.candidates?.[0]?.finishReason === 'MAX_TOKENS';
    const counted = reply.usageMetadata;
    if (counted === undefined) continue;
    usage = {
      input: counted.promptTokenCount ?? -1,
      output: (counted.candidatesTokenCount ?? 0) + (counted.thoughtsTokenCount ?? 0),
      cached: counted.cachedContentTokenCount ?? 0,
    };
  }

  async function streamed() {
    const replies = [];
    for await (const reply of await google.models.generateContentStream(body)) {
      replies.push(reply);
      for (const { text, thought } of reply.candidates?.[0]?.content?.parts ?? []) {
        if (!text || thought === true) continue;
        pieces.push(text);
        asked.onText?.(text);
      }
      if (signal?.aborted) throw new Error('aborted');
    }
    const finish = replies.at(-1)?.candidates?.[0]?.finishReason;
    // The library leaves it to its caller to see that a stream has an end.
    if (finish === undefined) throw new Error('the stream has no end');
    return replies;
  }

  const called = parts.flatMap((part) => (part.functionCall === undefined ? [] : [part.functionCall]));
  return {
    text: parts.map((part) => (part.thought === true ? '' : (part.text ?? ''))).join(''),
    pieces,
    thought: parts.map((part) => (part.thought === true ? (part.text ?? '') : '')).join(''),
    calls: called.map((call) => ({ name: call.name ?? '', input: (call.args ?? {}) as JsonObject })),
    usage,
    isCut,
    answer: (results, next = model) =>
      converse(google, { ...asked, model: next }, [
        ...contents,
        { role: 'model', parts },
        {
          role: 'user',
          parts: called.map(({ id, name }, index) => ({
            functionResponse: {
              ...(id === undefined ? {} : { id }),
              ...(name === undefined ? {} : { name }),
              response: { output: results[index] },
            },
          })),
        },
      ]),
  };
}
