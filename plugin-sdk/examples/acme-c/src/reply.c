/* Replies: { id, model, say, why: done | limit | filter, used: { in, out } } */
#include "acme.h"

static const char *const reasons[][2] = {
    {"stop", "done"}, {"length", "limit"}, {"content-filter", "filter"}, {"refusal", "filter"},
    {"context-length", "limit"},
};

void put_finish(Text *text, const Json *why) {
  const char *reason = "other";
  for (uint32_t index = 0; index < 3; index++)
    if (json_string_is(why, reasons[index][1])) reason = reasons[index][0];
  put_name(text, "finish");
  put(text, "{\"reason\":\"");
  put(text, reason);
  put(text, "\"");
  put_member(text, "raw", why);
  put(text, "}");
}

const char *why_of(const Json *finish) {
  for (uint32_t index = 0; index < 5; index++)
    if (json_string_is(json_get(finish, "reason"), reasons[index][0])) return reasons[index][1];
  return "done";
}

void put_usage(Text *text, const Json *used) {
  put(text, "{");
  put_member(text, "inputTokens", json_get(used, "in"));
  put_member(text, "outputTokens", json_get(used, "out"));
  put(text, "}");
}

void put_used(Text *text, const Json *usage) {
  put(text, "{");
  put_member(text, "in", json_get(usage, "inputTokens"));
  put_member(text, "out", json_get(usage, "outputTokens"));
  put(text, "}");
}

void decode_response(Call *call) {
  const Json *body = json_get(call->input, "body");
  Text *out = &call->output;
  if (!json_is(body, JSON_OBJECT) || !json_is(json_get(body, "say"), JSON_STRING)) {
    call->fault = "a reply must be an object with 'say'";
    call->faultPath = "/say";
    return;
  }
  put(out, "{");
  put_member(out, "id", json_get(body, "id"));
  put_member(out, "model", json_get(body, "model"));
  put_name(out, "parts");
  put(out, "[{\"type\":\"text\"");
  put_member(out, "text", json_get(body, "say"));
  put(out, "}]");
  put_finish(out, json_get(body, "why"));
  put_name(out, "usage");
  put_usage(out, json_get(body, "used"));
  put(out, "}");
}

static Slice part_path(uint32_t index) {
  Text path = {0};
  put(&path, "/parts/");
  put_small(&path, index);
  return text_slice(&path);
}

void encode_response(Call *call) {
  const Json *parts = json_get(call->input, "parts");
  Text *out = &call->output;
  uint32_t index = 0;
  put(out, "{");
  put_member(out, "id", json_get(call->input, "id"));
  put_member(out, "model", json_get(call->input, "model"));
  put_name(out, "say");
  put(out, "\"");
  for (const Json *part = parts == 0 ? 0 : parts->first; part != 0; part = part->next, index++) {
    if (!json_string_is(json_get(part, "type"), "text")) {
      warn(call, "dropped", part_path(index), "Acme's replies are text and nothing else");
      continue;
    }
    put_slice(out, json_inside(json_get(part, "text")));
    warn_fields(call, part, "type text extensions ", part_path(index), "Acme's texts have no such field");
  }
  put(out, "\"");
  put_name(out, "why");
  put(out, "\"");
  put(out, why_of(json_get(call->input, "finish")));
  put(out, "\"");
  put_name(out, "used");
  put_used(out, json_get(call->input, "usage"));
  put(out, "}");
  warn_fields(call, call->input, "id model parts finish usage extensions ", (Slice){"", 0}, "Acme has no counterpart of it");
}
