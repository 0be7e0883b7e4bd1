import type { JsonObject } from '@dragoman/plugin-sdk';
import { type AnthropicFacts, onlyFields, refuseAnthropic } from './anthropic-refusal.ts';
import { asArray, asObject } from './refusal.ts';

const customFields = (
  'type name description input_schema cache_control strict defer_loading allowed_callers input_examples ' +
  'eager_input_streaming'
).split(' ');

export function checkTools(body: JsonObject, facts: AnthropicFacts): void {
  const tools = asArray(body.tools) ?? [];
  const names = new Set<string>();
  for (const [index, value] of tools.entries()) {
    const name = checkTool(asObject(value), index, facts);
    if (name === null) continue;
    if (names.has(name)) refuseAnthropic('tools: Tool names must be unique.');
    names.add(name);
  }
  checkChoice(body, names);
}

function checkTool(tool: JsonObject | null, index: number, facts: AnthropicFacts): string | null {
  if (tool === null) refuseAnthropic(`tools.${index}: Input should be a valid dictionary`);
  const { type, name } = tool;
  if (type !== undefined && type !== 'custom') {
    // The service's own tools carry a date: `web_search_20250305`.
    if (typeof type === 'string' && (/_\d{8}$/.test(type) || facts.beta))
      return typeof name === 'string' ? name : null;
    refuseAnthropic(
      `tools.${index}: Input tag '${String(type)}' found using 'type' does not match any of the expected tags`,
    );
  }
  onlyFields(tool, customFields, `tools.${index}.custom.`);
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
    refuseAnthropic(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  }
  const schema = asObject(tool.input_schema);
  if (schema === null) refuseAnthropic(`tools.${index}.custom.input_schema: Field required`);
  if (schema.type !== 'object') {
    refuseAnthropic(`tools.${index}.custom.input_schema.type: Input should be 'object'`);
  }
  return name;
}

function checkChoice(body: JsonObject, names: ReadonlySet<string>): void {
  if (body.tool_choice === undefined || body.tool_choice === null) return;
  const choice = asObject(body.tool_choice);
  const type = String(choice?.type);
  if (choice === null || !['auto', 'any', 'tool', 'none'].includes(type)) {
    refuseAnthropic(
      `tool_choice: Input tag '${type}' found using 'type' does not match any of the expected tags`,
    );
  }
  const fields = type === 'none' ? ['type'] : ['type', 'disable_parallel_tool_use'];
  onlyFields(choice, type === 'tool' ? [...fields, 'name'] : fields, `tool_choice.${type}.`);
  if (names.size === 0 && (asArray(body.tools) ?? []).length === 0) {
    refuseAnthropic('tool_choice may only be specified while providing tools.');
  }
  if (type === 'tool' && !names.has(String(choice.name))) {
    refuseAnthropic(`Tool '${String(choice.name)}' not found in provided tools`);
  }
}
