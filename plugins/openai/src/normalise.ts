import { assign, isObject, type Json, type JsonObject, type Normaliser } from '@dragoman/plugin-sdk';

/** What a body looks like after its round trip. Everything else comes back as it was. */
export const normalise: Normaliser = {
  normaliseRequest(body) {
    if (!isObject(body) || body.stream !== true) return body;
    // A translated stream always asks for its usage, or nobody would know what the request cost.
    const options: JsonObject = {};
    assign(options, body.stream_options);
    options.include_usage = true;
    return { ...body, stream_options: options };
  },
  normaliseResponse(body) {
    if (!isObject(body) || !Array.isArray(body.choices)) return body;
    return { ...body, choices: body.choices.map(normaliseChoice) };
  },
};

function normaliseChoice(choice: Json): Json {
  if (!isObject(choice) || !isObject(choice.logprobs) || !Array.isArray(choice.logprobs.content))
    return choice;
  // Absent `bytes` and `top_logprobs` mean null and none; they are written out.
  const content = choice.logprobs.content.map((entry) => normaliseEntry(entry, false));
  return { ...choice, logprobs: { refusal: null, ...choice.logprobs, content } };
}

function normaliseEntry(entry: Json, isTop: boolean): Json {
  if (!isObject(entry)) return entry;
  const { token, logprob, bytes, top_logprobs: top } = entry;
  const kept: JsonObject = { token, logprob, bytes: bytes ?? null };
  if (!isTop) kept.top_logprobs = Array.isArray(top) ? top.map((one) => normaliseEntry(one, true)) : [];
  return kept;
}
