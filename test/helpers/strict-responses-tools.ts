import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyKeys, refuseOpenai } from './openai-refusal.ts';
import { asArray, asObject } from './refusal.ts';
import { checkStrictSchema } from './strict-openai-tools.ts';

/** Types of tools, after the official schema; the keys of those a client makes itself. */
const keysOfTool: Readonly<Record<string, string | null>> = {
  function: 'allowed_callers defer_loading description name output_schema parameters strict type',
  custom: 'allowed_callers defer_loading description format name type',
  namespace: 'description name tools type',
  web_search: 'external_web_access filters search_content_types search_context_size type user_location',
  web_search_2025_08_26: null,
  web_search_preview: null,
  web_search_preview_2025_03_11: null,
  file_search: null,
  computer: null,
  computer_use_preview: null,
  mcp: null,
  code_interpreter: null,
  programmatic_tool_calling: null,
  image_generation: null,
  local_shell: null,
  shell: null,
  tool_search: null,
  apply_patch: null,
};

export function checkResponsesTools(body: JsonObject): void {
  const tools = asArray(body.tools) ?? [];
  const names = tools.flatMap((tool, index) => checkTool(asObject(tool), `tools[${index}]`));
  const choice = body.tool_choice;
  if (choice === undefined || choice === null || choice === 'auto' || choice === 'none') return;
  if (tools.length === 0) refuseOpenai("Tool choice must be used with 'tools'.", 'tool_choice');
  if (choice === 'required') return;
  const wanted = asObject(choice);
  if (wanted === null) {
    refuseOpenai(`Invalid value: '${String(choice)}'.`, 'tool_choice', 'invalid_value');
  }
  if (wanted.type !== 'function' && wanted.type !== 'custom') return;
  if (names.includes(String(wanted.name))) return;
  refuseOpenai(`Tool choice '${String(wanted.name)}' not found in 'tools' parameter.`, 'tool_choice');
}

function checkTool(tool: JsonObject | null, path: string): string[] {
  const type = String(tool?.type);
  const keys = keysOfTool[type];
  if (tool === null || keys === undefined) {
    const known = Object.keys(keysOfTool).map((name) => `'${name}'`);
    refuseOpenai(
      `Invalid value: '${type}'. Supported values are: ${known.join(', ')}.`,
      `${path}.type`,
      'invalid_value',
    );
  }
  if (keys === null) return [];
  onlyKeys(tool, keys.split(' '), path);
  if (type === 'web_search') return [];
  checkName(tool.name, path);
  if (type === 'namespace') return checkNamespace(tool, path);
  if (type === 'function') checkFunction(tool, path);
  return [String(tool.name)];
}

function checkName(name: Json | undefined, path: string): void {
  if (typeof name === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(name)) return;
  const param = `${path}.name`;
  if (name === undefined)
    refuseOpenai(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  const rule =
    "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.";
  refuseOpenai(`Invalid '${param}': ${rule}`, param, 'invalid_value');
}

function checkNamespace(tool: JsonObject, path: string): string[] {
  const inner = asArray(tool.tools) ?? [];
  if (inner.length === 0)
    refuseOpenai(`Invalid '${path}.tools': empty array.`, `${path}.tools`, 'empty_array');
  return inner.flatMap((each, index) => checkTool(asObject(each), `${path}.tools[${index}]`));
}

function checkFunction(tool: JsonObject, path: string): void {
  const { parameters } = tool;
  if (parameters === undefined || parameters === null) return;
  const schema = asObject(parameters);
  const param = `${path}.parameters`;
  if (schema?.type !== 'object') {
    const got = JSON.stringify(schema?.type ?? null);
    const text = `schema must be a JSON Schema of 'type: "object"', got 'type: ${got}'.`;
    refuseOpenai(
      `Invalid schema for function '${String(tool.name)}': ${text}`,
      param,
      'invalid_function_parameters',
    );
  }
  if (tool.strict === true) checkStrictSchema(schema, `function '${String(tool.name)}'`, param);
}
