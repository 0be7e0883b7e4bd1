/* The one export, `translate`: reads a TranslateRequest, calls the translator it names, writes a TranslateResponse. */
#include "acme.h"
#include "host.h"
#include "memory.h"

static const struct {
  const char *name;
  Translator *run;
} translators[] = {
    {"decodeRequest", decode_request},   {"encodeRequest", encode_request}, {"decodeResponse", decode_response},
    {"encodeResponse", encode_response}, {"decodeStream", decode_stream},   {"encodeStream", encode_stream},
    {"decodeError", decode_error},       {"encodeError", encode_error},
};

static Slice read_input(void) {
  uint32_t length = (uint32_t)input_length();
  char *bytes = memory_take(length + 8);
  uint32_t at = 0;
  for (; at + 8 <= length; at += 8) *(uint64_t *)(bytes + at) = input_load_u64(at);
  for (; at < length; at++) bytes[at] = (char)input_load_u8(at);
  return (Slice){bytes, length};
}

static void write_output(Slice text) {
  uint64_t block = alloc(text.length);
  uint32_t at = 0;
  for (; at + 8 <= text.length; at += 8) {
    uint64_t eight;
    __builtin_memcpy(&eight, text.at + at, 8);
    store_u64(block + at, eight);
  }
  for (; at < text.length; at++) store_u8(block + at, (uint8_t)text.at[at]);
  output_set(block, text.length);
}

static void put_failure(Text *text, const char *code, const char *message, const char *path) {
  put(text, "{\"ok\":false,\"error\":{\"code\":\"");
  put(text, code);
  put(text, "\",\"message\":\"");
  put(text, message);
  if (path != 0) {
    put(text, "\",\"path\":\"");
    put(text, path);
  }
  put(text, "\"}}");
}

static void put_result(Text *text, const Call *call) {
  put(text, "{\"ok\":true,\"output\":");
  put_slice(text, text_slice(&call->output));
  if (call->warnings.length > 0) {
    put(text, ",\"warnings\":[");
    put_slice(text, text_slice(&call->warnings));
    put(text, "]");
  }
  put(text, "}");
}

static void answer(const Json *request, Text *text) {
  const Json *name = json_get(request, "function");
  Call call = {.input = json_get(request, "input"), .context = json_get(request, "context")};
  /* `dialect:acme-c` */
  Slice target = json_inside(json_get(request, "target"));
  uint32_t colon = 0;
  while (colon < target.length && target.at[colon] != ':') colon++;
  if (colon < target.length) call.dialect = (Slice){target.at + colon + 1, target.length - colon - 1};
  for (uint32_t index = 0; index < sizeof translators / sizeof *translators; index++) {
    if (!json_string_is(name, translators[index].name)) continue;
    translators[index].run(&call);
    if (call.fault != 0) put_failure(text, "invalid-input", call.fault, call.faultPath);
    else put_result(text, &call);
    return;
  }
  put_failure(text, "unsupported", "this plugin has no such function", 0);
}

__attribute__((export_name("translate"))) int32_t translate(void) {
  memory_reset();
  const Json *request = json_read(read_input());
  Text text = {0};
  if (request == 0) put_failure(&text, "internal", "the call is no JSON", 0);
  else answer(request, &text);
  write_output(text_slice(&text));
  return 0;
}
