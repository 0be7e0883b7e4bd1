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
    return chunk(model, partsOf(said), finishOf(said));
  },
  frames(said, model) {
    const parts = partsOf(said);
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

/** Calls come whole in one part each, and without ids, as from the models before Gemini 3. */
function partsOf(said: Said): JsonObject[] {
  const parts: JsonObject[] = [];
  if (said.thought !== undefined) parts.push({ text: said.thought, thought: true });
  for (const text of said.text ?? []) parts.push({ text });
  for (const [index, call] of (said.calls ?? []).entries()) {
    const part: JsonObject = { functionCall: { name: call.name, args: inputOf(call) } };
    if (index === 0 && said.thought !== undefined) part.thoughtSignature = thoughtSignature;
    parts.push(part);
  }
  return parts;
}

function finishOf({ ends = 'stop' }: Said): string {
  return ends === 'length' ? 'MAX_TOKENS' : 'STOP';
}
