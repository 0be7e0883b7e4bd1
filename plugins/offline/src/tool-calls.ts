import type {
  CanonicalRequest,
  CustomTool,
  FunctionTool,
  Message,
  Tool,
  ToolCallPart,
  ToolChoice,
  TranslateContext,
} from '@dragoman/plugin-sdk';
import { makeId, TranslateError } from '@dragoman/plugin-sdk';
import { lastTurn, lastUserText, toolResults } from './echo.ts';
import { smallestInstance } from './schema/instance.ts';

type CallableTool = FunctionTool | CustomTool;

/**
 * The calls this model makes: none once a tool has answered (whatever `toolChoice` says, or an agent that always
 * asks for a call would never come to an end), else the chosen tool, else the first, and the second beside it
 * where parallel calls are allowed.
 */
export function composeCalls(
  request: CanonicalRequest,
  context: TranslateContext,
  candidate: number,
): ToolCallPart[] {
  if (hasFreshResult(request.messages)) return [];
  return chooseTools(request).map((tool, order) => ({
    type: 'tool-call',
    id: makeId(context, 'call', candidate * 2 + order),
    name: tool.name,
    ...(tool.type === 'function' && tool.namespace !== undefined && { namespace: tool.namespace }),
    kind: tool.type,
    input: tool.type === 'function' ? composeArguments(tool) : lastUserText(request),
  }));
}

/** Is the last thing that was said a tool's answer? */
function hasFreshResult(messages: Message[]): boolean {
  return toolResults(lastTurn(messages)).length > 0;
}

function chooseTools(request: CanonicalRequest): CallableTool[] {
  const choice = request.toolChoice ?? { type: 'auto' };
  const callable = (request.tools ?? []).filter(isCallable).filter((tool) => isAllowed(tool, choice));
  if (choice.type === 'none') return [];
  if (choice.type === 'tool') {
    const chosen = callable[0];
    if (chosen !== undefined) return [chosen];
    throw new TranslateError(
      'invalid-input',
      `no tool named '${choice.name}' is offered`,
      '/toolChoice/name',
    );
  }
  return callable.slice(0, request.parallelToolCalls === false ? 1 : 2);
}

function isCallable(tool: Tool): tool is CallableTool {
  return tool.type === 'function' || tool.type === 'custom';
}

function isAllowed(tool: CallableTool, choice: ToolChoice): boolean {
  if (choice.type !== 'tool') return choice.only === undefined || choice.only.includes(tool.name);
  const namespace = tool.type === 'function' ? tool.namespace : undefined;
  return tool.name === choice.name && (choice.namespace === undefined || choice.namespace === namespace);
}

/** Arguments are an object at every service, also where a schema says nothing. */
function composeArguments(tool: FunctionTool): string {
  const { inputSchema } = tool;
  return JSON.stringify(
    smallestInstance('type' in inputSchema ? inputSchema : { type: 'object', ...inputSchema }),
  );
}
