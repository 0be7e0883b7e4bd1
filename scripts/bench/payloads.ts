/** What the clients of the benchmarks send. `model` is the gateway's name; the mock upstream reads what follows the `/`. */
export type Wire = 'openai' | 'anthropic';
export type Script = 'small' | 'long' | 'agent' | 'burst' | 'slow' | 'held';

const sentence = 'The "quick" brown fox jumps over the lazy dog, and counts to 1,234 while it does.\n';
const code =
  '  if (left !== right) {\n    throw new Error(`expected ${left}`);\n\t// see "notes" \u2192 it\'s subtle\n  }\n';

/** Text of about `length` characters. */
export function text(length: number, of: string = sentence): string {
  return of.repeat(Math.ceil(length / of.length)).slice(0, length);
}

/** The request body of one workload in the client's dialect. */
export function requestBody(wire: Wire, model: string, script: Script): Buffer {
  const stream = script === 'burst' || script === 'slow' || script === 'held';
  const turns = script === 'agent' ? agentTurns() : [{ type: 'user' as const, text: prompt(script) }];
  const tools = script === 'agent' ? agentTools() : [];
  const system = text(script === 'agent' ? 20_000 : 60);
  const body =
    wire === 'openai'
      ? openaiBody(model, stream, system, turns, tools)
      : anthropicBody(model, stream, system, turns, tools);
  return Buffer.from(JSON.stringify(body));
}

function prompt(script: Script): string {
  return script === 'long' ? text(10_000) : 'Name the three primary colours, in one line.';
}

type Turn =
  | { type: 'user'; text: string }
  | { type: 'call'; id: string; text: string; input: object }
  | { type: 'result'; id: string; text: string };
interface ToolShape {
  name: string;
  description: string;
  schema: object;
}

/** With the system's 120 messages that end in a tool's result and, with 30 tools of 1.5 KB, some 500 KB: what a coding agent sends every turn late in a session. */
function agentTurns(): Turn[] {
  const turns: Turn[] = [{ type: 'user', text: text(2_000) }];
  for (let index = 0; turns.length < 119; index++) {
    const id = `call_${String(index).padStart(6, '0')}`;
    turns.push({ type: 'call', id, text: text(150), input: { path: `src/file-${index}.ts`, limit: 400 } });
    turns.push({ type: 'result', id, text: text(6_600, code) });
  }
  return turns;
}

function agentTools(): ToolShape[] {
  return Array.from({ length: 30 }, (_, index) => ({
    name: `tool_${index}`,
    description: text(900),
    schema: {
      type: 'object',
      properties: {
        path: { type: 'string', description: text(200) },
        limit: { type: 'integer', minimum: 1, description: text(100) },
        flags: { type: 'array', items: { type: 'string', enum: ['a', 'b', 'c'] } },
      },
      required: ['path'],
      additionalProperties: false,
    },
  }));
}

function openaiBody(model: string, stream: boolean, system: string, turns: Turn[], tools: ToolShape[]) {
  return {
    model,
    messages: [{ role: 'system', content: system }, ...turns.map(openaiMessage)],
    ...(tools.length === 0 ? {} : { tools: tools.map(openaiTool), tool_choice: 'auto' }),
    max_tokens: 4096,
    ...(stream ? { stream: true } : {}),
  };
}

function openaiMessage(turn: Turn) {
  switch (turn.type) {
    case 'user':
      return { role: 'user', content: turn.text };
    case 'call': {
      const call = { name: 'tool_0', arguments: JSON.stringify(turn.input) };
      return {
        role: 'assistant',
        content: turn.text,
        tool_calls: [{ id: turn.id, type: 'function', function: call }],
      };
    }
    case 'result':
      return { role: 'tool', tool_call_id: turn.id, content: turn.text };
  }
}

function openaiTool({ name, description, schema }: ToolShape) {
  return { type: 'function', function: { name, description, parameters: schema } };
}

function anthropicBody(model: string, stream: boolean, system: string, turns: Turn[], tools: ToolShape[]) {
  return {
    model,
    max_tokens: 4096,
    system,
    messages: turns.map(anthropicMessage),
    ...(tools.length === 0 ? {} : { tools: tools.map(anthropicTool) }),
    ...(stream ? { stream: true } : {}),
  };
}

function anthropicMessage(turn: Turn) {
  switch (turn.type) {
    case 'user':
      return { role: 'user', content: turn.text };
    case 'call': {
      const use = { type: 'tool_use', id: turn.id, name: 'tool_0', input: turn.input };
      return { role: 'assistant', content: [{ type: 'text', text: turn.text }, use] };
    }
    case 'result': {
      const result = { type: 'tool_result', tool_use_id: turn.id, content: turn.text };
      return { role: 'user', content: [result] };
    }
  }
}

function anthropicTool({ name, description, schema }: ToolShape) {
  return { name, description, input_schema: schema };
}
