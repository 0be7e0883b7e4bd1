import type {
  CanonicalRequest,
  Json,
  JsonObject,
  MediaPart,
  Message,
  Part,
  Tool,
  ToolResultPart,
  Translator,
  WireRequest,
} from '@dragoman/plugin-sdk';
import { checkConverse } from '../../helpers/strict-bedrock.ts';

/**
 * Reads a request as the service does, which is the only way to see what reached it: the dialect itself never reads one.
 * Throws on what the service refuses.
 */
export const readBack: Translator<WireRequest, CanonicalRequest> = ({ body, path }) => {
  const wire = body as JsonObject;
  const refusal = checkConverse(wire);
  if (refusal !== null) throw new Error(`the service refuses: ${refusal}`);
  const messages = [
    ...readSystem(wire.system),
    ...(wire.messages as JsonObject[]).map((message): Message => {
      const parts = readBlocks(message.content as JsonObject[]);
      return { role: message.role === 'assistant' ? 'assistant' : 'user', parts };
    }),
  ];
  const request: CanonicalRequest = { model: path.model ?? '', stream: false, messages };
  readSettings(wire, request);
  readTools(wire.toolConfig as JsonObject | undefined, request);
  return { output: request };
};

function readSystem(system: Json | undefined): Message[] {
  if (!Array.isArray(system)) return [];
  return [{ role: 'system', parts: readBlocks(system as JsonObject[]) }];
}

/** A cache point belongs to what stands before it. */
function readBlocks(blocks: JsonObject[]): Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const point = block.cachePoint as JsonObject | undefined;
    if (point === undefined) parts.push(readBlock(block));
    else {
      const last = parts.at(-1) ?? { type: 'text', text: '' };
      if (parts.length === 0) parts.push(last);
      last.cache = point.ttl === '1h' ? { ttl: '1h' } : {};
    }
  }
  return parts;
}

function readBlock(block: JsonObject): Part {
  const [kind = '', value] = Object.entries(block)[0] ?? [];
  const wire = value as JsonObject;
  switch (kind) {
    case 'text':
      return { type: 'text', text: String(block.text) };
    case 'toolUse':
      return {
        type: 'tool-call',
        id: String(wire.toolUseId),
        name: String(wire.name),
        kind: 'function',
        input: JSON.stringify(wire.input),
      };
    case 'toolResult': {
      const output = (wire.content as JsonObject[]).map(readOutput);
      const part: ToolResultPart = { type: 'tool-result', callId: String(wire.toolUseId), output };
      if (wire.status === 'error') part.isError = true;
      return part;
    }
    case 'reasoningContent': {
      const { text, signature } = (wire.reasoningText ?? {}) as JsonObject;
      return {
        type: 'reasoning',
        text: String(text ?? ''),
        signature: { dialect: 'bedrock-converse', family: 'anthropic', value: signature ?? null },
      };
    }
    default:
      return readMedia(kind, wire);
  }
}

function readOutput(item: JsonObject): ToolResultPart['output'][number] {
  if (item.json !== undefined) return { type: 'json', value: item.json };
  return readBlock(item) as ToolResultPart['output'][number];
}

function readMedia(kind: string, { format, name, source }: JsonObject): MediaPart {
  const { bytes, s3Location } = source as JsonObject;
  const location = s3Location as JsonObject | undefined;
  const isText = kind === 'document' && format === 'txt' && typeof bytes === 'string';
  const part: MediaPart = {
    type: 'media',
    mediaType: `${kind === 'document' ? 'application' : kind}/${String(format)}`,
    source: isText
      ? { type: 'text', text: Buffer.from(String(bytes), 'base64').toString('utf8') }
      : location === undefined
        ? { type: 'base64', data: String(bytes) }
        : { type: 'url', url: String(location.uri) },
  };
  if (typeof name === 'string') part.title = name;
  return part;
}

function readSettings(wire: JsonObject, request: CanonicalRequest): void {
  const { maxTokens, temperature, topP, stopSequences } = (wire.inferenceConfig ?? {}) as JsonObject;
  if (typeof maxTokens === 'number') request.maxOutputTokens = maxTokens;
  if (typeof temperature === 'number') request.temperature = temperature;
  if (typeof topP === 'number') request.topP = topP;
  if (Array.isArray(stopSequences)) request.stop = stopSequences as string[];
  const fields = (wire.additionalModelRequestFields ?? {}) as JsonObject;
  const nova = (fields.inferenceConfig ?? {}) as JsonObject;
  const topK = fields.top_k ?? nova.topK;
  if (typeof topK === 'number') request.topK = topK;
  for (const name of [
    'thinking',
    'output_config',
    'reasoningConfig',
    'reasoning_effort',
    'reasoning_config',
  ]) {
    if (fields[name] !== undefined) request.reasoning = { effort: 'high' };
  }
  const format = (wire.outputConfig as JsonObject | undefined)?.textFormat as JsonObject | undefined;
  const { jsonSchema } = (format?.structure ?? {}) as JsonObject;
  if (jsonSchema !== undefined) {
    const schema = JSON.parse(String((jsonSchema as JsonObject).schema)) as JsonObject;
    request.output = { format: 'json', schema };
  }
  const tier = (wire.serviceTier as JsonObject | undefined)?.type;
  if (typeof tier === 'string') request.serviceTier = tier;
  if (wire.requestMetadata !== undefined) request.metadata = wire.requestMetadata as JsonObject;
}

function readTools(config: JsonObject | undefined, request: CanonicalRequest): void {
  if (config === undefined) return;
  const tools: Tool[] = [];
  for (const { toolSpec, cachePoint } of config.tools as JsonObject[]) {
    const last = tools.at(-1);
    if (cachePoint !== undefined && last?.type === 'function') last.cache = {};
    if (toolSpec === undefined) continue;
    const { name, description, inputSchema, strict } = toolSpec as JsonObject;
    const tool: Tool = {
      type: 'function',
      name: String(name),
      inputSchema: (inputSchema as JsonObject).json as JsonObject,
    };
    if (strict === true) tool.strict = true;
    if (typeof description === 'string') tool.description = description;
    tools.push(tool);
  }
  request.tools = tools;
  const choice = config.toolChoice as JsonObject | undefined;
  if (choice?.any !== undefined) request.toolChoice = { type: 'required' };
  else if (choice?.tool !== undefined) {
    request.toolChoice = { type: 'tool', name: String((choice.tool as JsonObject).name) };
  } else if (choice?.auto !== undefined) request.toolChoice = { type: 'auto' };
}
