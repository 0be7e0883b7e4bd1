import type { JsonObject } from '@dragoman/plugin-sdk';

/**
 * What Claude Code 2.1 sends in the middle of a session, rebuilt by hand in small: three system blocks, twelve tools of
 * which one loads late, thinking that is not shown, context management, and breakpoints also inside a tool result.
 */
export function claudeCodeRequest(model: string, signature: string): JsonObject {
  const breakpoint = { type: 'ephemeral' };
  return {
    model,
    max_tokens: 32_000,
    stream: true,
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330' },
      { type: 'text', text: 'You are Claude Code.', cache_control: breakpoint },
      { type: 'text', text: 'Be concise.', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ],
    thinking: { type: 'enabled', budget_tokens: 31_999, display: 'omitted' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    metadata: { user_id: 'user_0123_account__session_4567' },
    tools: claudeCodeTools(),
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '<system-reminder>Today is Monday.</system-reminder>' },
          { type: 'text', text: 'List the files, then read a.txt.' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: '', signature },
          { type: 'text', text: 'I will list them.' },
          { type: 'tool_use', id: 'toolu_01List', name: 'Bash', input: { command: 'ls' } },
          { type: 'tool_use', id: 'toolu_02Read', name: 'Read', input: { file_path: '/a.txt' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_01List', content: 'a.txt', is_error: false },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_02Read',
            content: [{ type: 'text', text: 'File does not exist.' }],
            is_error: true,
            cache_control: breakpoint,
          },
        ],
      },
    ],
  };
}

export const claudeCodeHeaders = {
  'anthropic-version': '2023-06-01',
  'anthropic-beta':
    'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,' +
    'fine-grained-tool-streaming-2025-05-14,advanced-tool-use-2025-11-20',
  'x-app': 'cli',
  'user-agent': 'claude-cli/2.1.330 (external, cli)',
};

function claudeCodeTools(): JsonObject[] {
  const names = 'Bash Read Edit Write Glob Grep Task TodoWrite WebFetch NotebookEdit Skill Agent'.split(' ');
  return names.map((name, index) => ({
    name,
    description: `The tool ${name}.`,
    input_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { command: { type: 'string' }, file_path: { type: 'string', description: 'Absolute' } },
      required: [],
      additionalProperties: false,
    },
    ...(index === 11 ? { defer_loading: true } : {}),
  }));
}
