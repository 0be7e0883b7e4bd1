import {
  type CanonicalRequest,
  closeSchema,
  isObject,
  type Json,
  type JsonObject,
  warn,
} from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import { toInputSchema } from './schema.ts';
import type { RequestWriter } from './writer.ts';

/** The tool a model without constrained decoding must call; its input is the answer. */
const ANSWER_TOOL = 'json_answer';

export interface EncodedOutput {
  /** `output_config.format` or, where the client wrote it there, `output_format`. */
  format?: Json;
  /** A tool the model must call, when there is no format to hold it. */
  tool?: JsonObject;
  /** A line for the system text, when there is no schema. */
  instruction?: string;
}

export function encodeOutput(
  request: CanonicalRequest,
  hasTools: boolean,
  writer: RequestWriter,
): EncodedOutput {
  const own = ownFields(request.extensions);
  if (own?.$format !== undefined) return { format: own.$format };
  const output = request.output;
  if (output === undefined || output.format === 'text') return {};
  if (output.schema === undefined) {
    warn(writer, 'approximated', '/output', 'JSON without a schema is asked for in the system text');
    return { instruction: 'Answer with one valid JSON object and nothing else.' };
  }
  if (writer.isOwn) return { format: { type: 'json_schema', schema: output.schema } };
  if (writer.rules.structuredOutput === 'format') {
    const { schema, isChanged } = closeSchema(describe(output.schema, output.description));
    if (isChanged) warn(writer, 'approximated', '/output/schema', 'limits in the schema became descriptions');
    return { format: { type: 'json_schema', schema } };
  }
  if (hasTools) {
    warn(writer, 'approximated', '/output', 'a schema beside tools is asked for in the system text');
    const text = `When you give your final answer, answer with JSON that follows this schema and nothing else:\n`;
    return { instruction: text + JSON.stringify(describe(output.schema, output.description)) };
  }
  warn(writer, 'approximated', '/output', 'the model has no output format: a tool it must call stands in');
  const { schema } = toInputSchema(output.schema);
  const description =
    output.description ?? 'Gives the answer. Always call this tool, with the whole answer in it.';
  return { tool: { name: ANSWER_TOOL, description, input_schema: schema } };
}

/** What the answer is for is said in the schema, which has no other place for it here. */
function describe(schema: JsonObject, description: string | undefined): JsonObject {
  return description === undefined || schema.description !== undefined ? schema : { ...schema, description };
}

/** Writes `output_config` from its three sources: effort, format and the client's other fields. */
export function writeOutputConfig(
  body: JsonObject,
  request: CanonicalRequest,
  effort: Json | undefined,
  format: Json | undefined,
): void {
  const own = ownFields(request.extensions);
  const rest = own?.output_config;
  if (own?.$output === 'output_format') body.output_format = format;
  const isInConfig = format !== undefined && own?.$output !== 'output_format';
  if (effort === undefined && !isInConfig) return;
  const config: JsonObject = {};
  if (effort !== undefined) config.effort = effort;
  if (isInConfig) config.format = format;
  if (isObject(rest)) Object.assign(config, rest);
  body.output_config = config;
}
