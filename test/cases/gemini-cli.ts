import type { JsonObject } from '@dragoman/plugin-sdk';

/**
 * What Gemini CLI 0.61 sends after its first tool calls, rebuilt by hand in small: tools with whole JSON schemas, topK,
 * a thinking level, and ids on calls and their results. A call that has lost its signature gets Google's stand-in.
 */
export function geminiCliRequest(): JsonObject {
  return {
    systemInstruction: { role: 'user', parts: [{ text: 'You are an interactive CLI agent.' }] },
    generationConfig: {
      temperature: 1,
      topP: 0.95,
      topK: 64,
      thinkingConfig: { includeThoughts: true, thinkingLevel: 'HIGH' },
    },
    tools: [{ functionDeclarations: declarations() }],
    contents: [
      { role: 'user', parts: [{ text: 'This is the Gemini CLI.' }] },
      { role: 'user', parts: [{ text: 'List the files, then read a.txt.' }] },
      {
        role: 'model',
        parts: [
          { text: 'I will list them.' },
          {
            functionCall: { id: 'list_directory-1', name: 'list_directory', args: { path: '.' } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
          { functionCall: { id: 'read_file-2', name: 'read_file', args: { path: 'a.txt' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          answer('list_directory-1', 'list_directory', { output: 'a.txt' }),
          answer('read_file-2', 'read_file', { error: 'File does not exist.' }),
        ],
      },
    ],
  };
}

function answer(id: string, name: string, response: JsonObject): JsonObject {
  return { functionResponse: { id, name, response } };
}

function declarations(): JsonObject[] {
  return ['list_directory', 'read_file'].map((name) => ({
    name,
    description: `The tool ${name}.`,
    parametersJsonSchema: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Where' },
        ignore: { type: ['array', 'null'], items: { type: 'string' } },
        limit: { type: 'integer', minimum: 1, exclusiveMaximum: 1000 },
      },
      required: ['path'],
      additionalProperties: false,
      $schema: 'http://json-schema.org/draft-07/schema#',
    },
  }));
}
