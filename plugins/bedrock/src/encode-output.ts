import { type CanonicalRequest, closeSchema, type JsonObject, warn } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

/** `outputConfig`, or a line for the system text where the model cannot be held to a schema. */
export function encodeOutput(
  { output }: CanonicalRequest,
  writer: RequestWriter,
): { config?: JsonObject; instruction?: string } {
  if (output?.format !== 'json') return {};
  const wish = 'When you give your final answer, answer with one JSON object and nothing else.';
  if (output.schema === undefined) {
    warn(writer, 'approximated', '/output', 'JSON without a schema is asked for in the system text');
    return { instruction: wish };
  }
  if (!writer.rules.schemas) {
    warn(writer, 'approximated', '/output', 'the model is not held to a schema: the system text asks for it');
    return { instruction: `${wish} It follows this schema:\n${JSON.stringify(output.schema)}` };
  }
  const { schema, isChanged } = writer.rules.closedSchemas
    ? closeSchema(output.schema)
    : { schema: output.schema, isChanged: false };
  if (isChanged) warn(writer, 'approximated', '/output/schema', 'limits in the schema became descriptions');
  const jsonSchema: JsonObject = { schema: JSON.stringify(schema) };
  if (output.name !== undefined) jsonSchema.name = output.name;
  if (output.description !== undefined) jsonSchema.description = output.description;
  return { config: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
}
