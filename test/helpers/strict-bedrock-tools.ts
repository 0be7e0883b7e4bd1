import type { Json } from '@dragoman/plugin-sdk';
import { asArray, asObject } from './refusal.ts';
import { refuse } from './strict-bedrock.ts';
import type { Seen } from './strict-bedrock-blocks.ts';

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** `toolConfig`, which a conversation with calls in it needs. */
export function checkToolConfig(value: Json | undefined, seen: Seen): void {
  const config = asObject(value ?? null);
  if (config === null) {
    if (seen.hasToolBlocks) {
      refuse('The toolConfig field must be defined when using toolUse and toolResult content blocks.');
    }
    return;
  }
  const names = checkTools(asArray(config.tools ?? null) ?? [], seen);
  if (names.size === 0) refuse('toolConfig.tools is empty');
  const choice = asObject(config.toolChoice ?? null);
  if (choice === null) return;
  const [kind, ...more] = Object.keys(choice);
  if (!['auto', 'any', 'tool'].includes(kind ?? '') || more.length > 0) refuse('toolChoice is not valid');
  const name = asObject(choice.tool ?? null)?.name;
  if (kind === 'tool' && !names.has(String(name))) refuse(`toolChoice names no tool: ${String(name)}`);
}

function checkTools(tools: Json[], seen: Seen): Set<string> {
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    const { toolSpec, cachePoint, systemTool } = asObject(tool) ?? {};
    const path = `toolConfig.tools.${index}`;
    if (cachePoint !== undefined) {
      seen.cachePoints++;
      continue;
    }
    if (systemTool !== undefined) {
      names.add(String(asObject(systemTool)?.name));
      continue;
    }
    const { name, description, inputSchema, strict, ...rest } = asObject(toolSpec ?? null) ?? refuse(path);
    if (Object.keys(rest).length > 0) refuse(`${path}: extraneous key [${Object.keys(rest)[0]}]`);
    if (!NAME.test(String(name))) refuse(`${path}.toolSpec.name is not valid: ${String(name)}`);
    if (names.has(String(name))) refuse(`The tool name ${String(name)} is not unique.`);
    names.add(String(name));
    if (description === '') refuse(`${path}.toolSpec.description is too short`);
    if (strict !== undefined && typeof strict !== 'boolean') refuse(`${path}.toolSpec.strict is not valid`);
    if (asObject(asObject(inputSchema ?? null)?.json ?? null)?.type !== 'object') {
      refuse(`The value at ${path}.toolSpec.inputSchema.json.type must be one of the following: object.`);
    }
  }
  return names;
}
