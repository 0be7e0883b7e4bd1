import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyNames, refuseGemini } from './gemini-refusal.ts';
import { asArray } from './refusal.ts';
import { checkSchema } from './strict-gemini-schema.ts';

const toolKeys =
  'codeExecution computerUse fileSearch functionDeclarations googleMaps googleSearch googleSearchRetrieval mcpServers urlContext'.split(
    ' ',
  );
const declarationKeys =
  'behavior description name parameters parametersJsonSchema response responseJsonSchema'.split(' ');

export function checkGeminiTools(body: JsonObject, model: string): void {
  const names = new Set<string>();
  let hasHosted = false;
  for (const [index, value] of (asArray(body.tools) ?? []).entries()) {
    const tool = onlyNames(value, toolKeys, `tools[${index}]`) ?? {};
    for (const [at, declared] of (asArray(tool.functionDeclarations) ?? []).entries()) {
      checkDeclaration(declared, names, `tools[${index}].function_declarations[${at}]`);
    }
    if (Object.keys(tool).some((name) => name !== 'functionDeclarations')) hasHosted = true;
  }
  if (hasHosted && names.size > 0 && /gemini-[12]/.test(model)) {
    refuseGemini('Built-in tools and function calling cannot be combined in the same request.');
  }
  checkToolConfig(body.toolConfig, names, hasHosted);
}

function checkDeclaration(value: Json, names: Set<string>, path: string): void {
  const declared = onlyNames(value, declarationKeys, path) ?? {};
  const name = String(declared.name ?? '');
  if (!/^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/.test(name)) {
    const rule =
      'Must start with a letter or an underscore; a-z, A-Z, 0-9, _, ., : and -, at most 64 characters.';
    refuseGemini(`* GenerateContentRequest.${path}.name: [FIELD_INVALID] Invalid function name. ${rule}\n`);
  }
  if (names.has(name)) refuseGemini(`Duplicate function declaration found: ${name}`);
  names.add(name);
  if (declared.parameters !== undefined && declared.parametersJsonSchema !== undefined) {
    refuseGemini(`* GenerateContentRequest.${path}: parameters and parameters_json_schema are exclusive\n`);
  }
  if (declared.parameters !== undefined) checkSchema(declared.parameters, `${path}.parameters`);
}

function checkToolConfig(value: Json | undefined, names: ReadonlySet<string>, hasHosted: boolean): void {
  const known = ['functionCallingConfig', 'includeServerSideToolInvocations', 'retrievalConfig'];
  const config = onlyNames(value, known, 'tool_config');
  const keys = ['allowedFunctionNames', 'mode', 'streamFunctionCallArguments'];
  const calling = onlyNames(config?.functionCallingConfig, keys, 'tool_config.function_calling_config');
  if (calling === null) return;
  if (names.size === 0 && !hasHosted)
    refuseGemini('Function calling config is set without function_declarations.');
  const mode = String(calling.mode ?? 'AUTO').toUpperCase();
  if (!['AUTO', 'ANY', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED'].includes(mode)) {
    refuseGemini("Invalid value at 'tool_config.function_calling_config.mode'.");
  }
  const allowed = asArray(calling.allowedFunctionNames) ?? [];
  if (allowed.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    refuseGemini('allowed_function_names should only be set when the function calling mode is ANY.');
  }
  for (const name of allowed) {
    if (!names.has(String(name))) {
      refuseGemini(`allowed_function_names contains a function that is not declared: ${String(name)}`);
    }
  }
}
