import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyKeys, refuseOpenai } from './openai-refusal.ts';
import { asArray, asObject } from './refusal.ts';

export function checkChatTools(body: JsonObject): void {
  const tools = asArray(body.tools);
  if (tools === null) {
    for (const name of ['tool_choice', 'parallel_tool_calls']) {
      const isGiven = body[name] !== undefined && body[name] !== null && body[name] !== 'none';
      if (isGiven) refuseOpenai(`'${name}' is only allowed when 'tools' are specified.`, name);
    }
    return;
  }
  if (tools.length === 0 || tools.length > 128) {
    refuseOpenai("Invalid 'tools': expected 1 to 128 of them.", 'tools', 'empty_array');
  }
  const names = tools.map((tool, index) => checkTool(asObject(tool), `tools[${index}]`));
  checkChoice(body.tool_choice, names);
}

function checkTool(tool: JsonObject | null, path: string): string {
  const isCustom = tool?.type === 'custom';
  const declared = asObject(isCustom ? tool?.custom : tool?.function);
  if (tool === null || (tool.type !== 'function' && !isCustom) || declared === null) {
    refuseOpenai(`Missing required parameter: '${path}.function'.`, path, 'missing_required_parameter');
  }
  onlyKeys(tool, ['type', isCustom ? 'custom' : 'function'], path);
  const { name } = declared;
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
    const param = `${path}.function.name`;
    refuseOpenai(`Invalid '${param}': string does not match pattern. Expected '^[a-zA-Z0-9_-]+$'.`, param);
  }
  if (isCustom) return name;
  onlyKeys(declared, ['name', 'description', 'parameters', 'strict'], `${path}.function`);
  if (declared.parameters !== undefined) checkParameters(declared, name, `${path}.function.parameters`);
  return name;
}

function checkParameters(declared: JsonObject, name: string, param: string): void {
  const schema = asObject(declared.parameters);
  if (schema?.type !== 'object') {
    const got = JSON.stringify(schema?.type ?? null);
    const message = `schema must be a JSON Schema of 'type: "object"', got 'type: ${got}'.`;
    refuseOpenai(`Invalid schema for function '${name}': ${message}`, param, 'invalid_function_parameters');
  }
  if (declared.strict === true) checkStrictSchema(schema, `function '${name}'`, param);
}

/** Every object of a strict schema is closed and requires all it has. */
export function checkStrictSchema(schema: Json | undefined, owner: string, param: string): void {
  const node = asObject(schema);
  if (node === null) return;
  const properties = asObject(node.properties);
  if (node.type === 'object' || properties !== null) {
    if (node.additionalProperties !== false) {
      const message = `Invalid schema for ${owner}: 'additionalProperties' is required to be supplied and to be false.`;
      refuseOpenai(message, param, 'invalid_function_parameters');
    }
    const required = asArray(node.required) ?? [];
    for (const name of Object.keys(properties ?? {})) {
      if (required.includes(name)) continue;
      const message = `Invalid schema for ${owner}: 'required' is required to include every key in properties. Missing '${name}'.`;
      refuseOpenai(message, param, 'invalid_function_parameters');
    }
  }
  const inner = [
    ...Object.values(properties ?? {}),
    node.items,
    ...Object.values(asObject(node.$defs) ?? {}),
  ];
  for (const child of [...inner, ...(asArray(node.anyOf) ?? [])]) checkStrictSchema(child, owner, param);
}

function checkChoice(choice: Json | undefined, names: readonly string[]): void {
  if (
    choice === undefined ||
    choice === null ||
    choice === 'auto' ||
    choice === 'none' ||
    choice === 'required'
  ) {
    return;
  }
  const wanted = asObject(choice);
  if (wanted === null) refuseOpenai(`Invalid value: '${String(choice)}'.`, 'tool_choice', 'invalid_value');
  if (wanted.type === 'allowed_tools') return;
  const named = asObject(wanted.type === 'custom' ? wanted.custom : wanted.function);
  if (typeof named?.name === 'string' && names.includes(named.name)) return;
  refuseOpenai(`Tool choice '${String(named?.name)}' not found in 'tools' parameter.`, 'tool_choice');
}
