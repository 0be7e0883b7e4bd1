import type { Part, TextPart } from '@dragoman/plugin-sdk';

/**
 * Texts that follow each other are one for clients, some of which read the first alone as JSON. Gemini, for one, splits
 * an answer where it likes and signs it in an empty text at the end. What counts characters stays by itself.
 */
export function joinTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (last?.type === 'text' && part.type === 'text' && isPlain(last) && isPlain(part)) {
      joined[joined.length - 1] = { ...last, ...part, text: last.text + part.text };
    } else joined.push(part);
  }
  return joined;
}

function isPlain({ citations, logprobs, cache, extensions }: TextPart): boolean {
  return citations === undefined && logprobs === undefined && cache === undefined && extensions === undefined;
}
