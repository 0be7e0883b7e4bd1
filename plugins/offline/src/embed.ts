import type { EmbedRequest, EmbedResponse, TranslateContext, Translated } from '@dragoman/plugin-sdk';
import { TranslateError } from '@dragoman/plugin-sdk';
import { hashText, nextRandom } from './hash.ts';
import { estimateTokens } from './tokens.ts';

const defaultDimensions = 256;
/** The limits of OpenAI's embeddings endpoint (its API reference), so that offline and real use fail alike. */
const maxDimensions = 3072;
const maxInputs = 2048;

/** How many coordinates one word moves, and how much of a vector is noise of the exact text. */
const coordinatesPerWord = 4;
const noise = 0.02;

/**
 * Unit vectors by feature hashing: each word moves a few coordinates, so texts that share words are near each
 * other; a little noise from the whole text keeps different texts apart. Order and meaning of words do not count.
 */
export function embed(request: EmbedRequest, context: TranslateContext): Translated<EmbedResponse> {
  if (context.model.id !== 'embed') {
    throw new TranslateError(
      'invalid-input',
      `'${context.model.id}' makes no vectors; the model 'embed' does`,
      '/model',
    );
  }
  const dimensions = request.dimensions ?? defaultDimensions;
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > maxDimensions) {
    throw new TranslateError(
      'invalid-input',
      `dimensions must be 1 to ${maxDimensions}, not ${dimensions}`,
      '/dimensions',
    );
  }
  if (request.input.length > maxInputs) {
    throw new TranslateError(
      'invalid-input',
      `at most ${maxInputs} inputs, not ${request.input.length}`,
      '/input',
    );
  }
  let inputTokens = 0;
  const vectors = request.input.map((input, index) => {
    const words = wordsOf(input, index);
    inputTokens += typeof input === 'string' ? estimateTokens(input) : words.length;
    return embedWords(words, typeof input === 'string' ? input : words.join(' '), dimensions);
  });
  return { output: { model: request.model, vectors, usage: { inputTokens } } };
}

/** Token ids count as words, so that a text sent as tokens still gets a vector, if not the same one. */
function wordsOf(input: EmbedRequest['input'][number], index: number): string[] {
  if (typeof input === 'string') return input.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (Array.isArray(input)) return input.map(String);
  throw new TranslateError(
    'unsupported',
    `the model 'embed' takes text, not ${input.mediaType}`,
    `/input/${index}`,
  );
}

function embedWords(words: string[], text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of words) {
    let state = hashText(word) || 1;
    for (let round = 0; round < coordinatesPerWord; round += 1) {
      state = nextRandom(state);
      const place = state % dimensions;
      // The sign comes from a high bit: the low ones already chose the place.
      vector[place] = (vector[place] ?? 0) + ((state & 0x40000000) === 0 ? 1 : -1);
    }
  }
  return normalise(addNoise(vector, text, Math.max(words.length, 1)));
}

function addNoise(vector: number[], text: string, weight: number): number[] {
  let state = hashText(text, 7) || 1;
  return vector.map((value) => {
    state = nextRandom(state);
    return value + noise * weight * (state / 0x80000000 - 1);
  });
}

function normalise(vector: number[]): number[] {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return vector.map((value) => value / length);
}
