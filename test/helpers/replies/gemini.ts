import type { JsonObject } from '@dragoman/plugin-sdk';
import { inputOf, type Said, tokens, type Writer } from './said.ts';

/** What the service signs a thought with; it comes on the first call, or on the last text. */
const thoughtSignature = 'RmFrZVNpZ25hdHVyZU9mQVRob3VnaHQ=';
const usageMetadata = {
  promptTokenCount: tokens.input,
  cachedContentTokenCount: tokens.cached,
  candidatesTokenCount: tokens.output,
  totalTokenCount: tokens.total,
};

export const gemini: Writer = {
  whole(said, model) {
    return chunk(model, partsOf(said, model), finishOf(said));
  },
  frames(said, model) {
    const parts = partsOf(said, model);
    return parts.map((part, index) => {
      const finish = index === parts.length - 1 ? finishOf(said) : null;
      return `data: ${JSON.stringify(chunk(model, [part], finish))}\r\n\r\n`;
    });
  },
};

function chunk(modelVersion: string, parts: JsonObject[], finishReason: string | null): JsonObject {
  const candidate: JsonObject = { content: { parts, role: 'model' }, index: 0 };
  if (finishReason !== null) candidate.finishReason = finishReason;
  return { candidates: [candidate], usageMetadata, modelVersion, responseId: 'fakeResponse1' };
}

/** Calls come whole, in one part each. A model of the third generation gives them ids, and signs the first or its text. */
function partsOf(said: Said, model: string): JsonObject[] {
  const isThird = model.includes('gemini-3');
  const parts: JsonObject[] = [];
  if (said.thought !== undefined) parts.push({ text: said.thought, thought: true });
  for (const text of said.text ?? []) parts.push({ text });
  for (const [index, call] of (said.calls ?? []).entries()) {
    const functionCall: JsonObject = { name: call.name, args: inputOf(call) };
    if (isThird) functionCall.id = call.id;
    parts.push(isThird && index === 0 ? { functionCall, thoughtSignature } : { functionCall });
  }
  if (isThird && said.calls === undefined) parts.push({ text: '', thoughtSignature });
  return parts;
}

function finishOf({ ends = 'stop' }: Said): string {
  return ends === 'length' ? 'MAX_TOKENS' : 'STOP';
}
