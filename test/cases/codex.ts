import type { JsonObject } from '@dragoman/plugin-sdk';

/**
 * What Codex 0.169 sends after its first tool calls, rebuilt by hand in small: no `instructions` but two developer items,
 * namespaces and a search beside functions, ids of its own making, and `client_metadata`, which is in no reference.
 */
export function codexRequest(model: string): JsonObject {
  return {
    model,
    stream: true,
    store: false,
    parallel_tool_calls: true,
    tool_choice: 'auto',
    reasoning: model.includes('gpt-4o') ? null : { effort: 'medium', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: '019a3c1e-0000-7000-8000-000000000001',
    client_metadata: { 'x-codex-installation-id': '019a3c1e' },
    tools: codexTools(),
    input: [
      said('developer', 'msg_0a', 'You are Codex.'),
      said('developer', 'msg_0b', '<permissions>workspace-write</permissions>'),
      said('user', 'msg_0c', 'List the files, then note the time.'),
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_0d',
        content: [{ type: 'output_text', text: 'I will list them.', annotations: [] }],
      },
      call('fc_1', 'call_1', 'shell', '{"command":["ls"]}'),
      { ...call('fc_2', 'call_2', 'now', '{}'), namespace: 'clock' },
      output('fco_1', 'call_1', 'a.txt'),
      output('fco_2', 'call_2', '12:00'),
    ],
  };
}

function said(role: string, id: string, text: string): JsonObject {
  return { type: 'message', role, id, content: [{ type: 'input_text', text }] };
}

function call(id: string, call_id: string, name: string, input: string): JsonObject {
  return { type: 'function_call', id, call_id, name, arguments: input };
}

function output(id: string, call_id: string, text: string): JsonObject {
  return { type: 'function_call_output', id, call_id, output: text };
}

function codexTools(): JsonObject[] {
  const shell = {
    type: 'object',
    properties: { command: { type: 'array', items: { type: 'string' } }, timeout_ms: { type: 'number' } },
    required: ['command'],
    additionalProperties: false,
  };
  const now = {
    type: 'function',
    name: 'now',
    description: 'The time',
    strict: false,
    parameters: { type: 'object', properties: {}, additionalProperties: false },
  };
  return [
    { type: 'function', name: 'shell', description: 'Runs a command', strict: false, parameters: shell },
    { type: 'namespace', name: 'clock', description: 'Clocks', tools: [now] },
    { type: 'web_search', external_web_access: false },
  ];
}
