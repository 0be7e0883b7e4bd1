import type { CanonicalRequest, CanonicalResponse, Message, Part, Tool } from '@dragoman/plugin-sdk';

export const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
export const pdf = 'JVBERi0xLjQKJWVvZgo=';
export const tools: Tool[] = ['probe_tool', 'other_tool'].map((name) => ({
  type: 'function',
  name,
  description: `calls ${name}`,
  inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
}));

export function request(changes: Partial<CanonicalRequest>, parts: Part[] = []): CanonicalRequest {
  const messages: Message[] = [{ role: 'user', parts: [{ type: 'text', text: 'probe text' }, ...parts] }];
  return { model: 'm', stream: false, messages, ...changes };
}
export function reply(parts: Part[], changes: Partial<CanonicalResponse> = {}): CanonicalResponse {
  const usage = { inputTokens: 5555, outputTokens: 777 };
  return { id: 'r1', model: 'm', parts, finish: { reason: 'stop' }, usage, ...changes };
}
export const call = (id: string, name: string, city: string): Part => ({
  type: 'tool-call',
  id,
  name,
  kind: 'function',
  input: `{"city":"${city}"}`,
});

export const media = (mediaType: string, data: string): Part => ({
  type: 'media',
  mediaType,
  source: { type: 'base64', data },
});
export const system: Message = { role: 'system', parts: [{ type: 'text', text: 'probe system' }] };
export const schema = {
  type: 'object',
  properties: { probeAnswer: { type: 'string' } },
  required: ['probeAnswer'],
  additionalProperties: false,
};
