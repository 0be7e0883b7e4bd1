/* Errors: { fault: { code, text } } */
#include "acme.h"

static const struct {
  const char *code;
  const char *kind;
  const char *status;
} faults[] = {
    {"bad_request", "invalid-request", "400"}, {"bad_key", "authentication", "401"},
    {"forbidden", "permission", "403"},        {"no_such_model", "not-found", "404"},
    {"slow_down", "rate-limit", "429"},        {"too_long", "context-length", "400"},
    {"busy", "overloaded", "503"},             {"broken", "server", "500"},
};
#define FAULTS (sizeof faults / sizeof *faults)

static const char *kind_of_status(const Json *status) {
  switch (json_small(status)) {
    case 401:
      return "authentication";
    case 403:
      return "permission";
    case 404:
      return "not-found";
    case 429:
      return "rate-limit";
    case 503:
      return "overloaded";
    default:
      return json_small(status) >= 500 || status == 0 ? "server" : "invalid-request";
  }
}

void put_upstream_error(Text *text, const Json *body, const Json *status) {
  const Json *fault = json_get(body, "fault");
  const Json *code = json_get(fault, "code");
  const Json *message = json_get(fault, "text");
  const char *kind = kind_of_status(status);
  for (uint32_t index = 0; index < FAULTS; index++)
    if (json_string_is(code, faults[index].code)) kind = faults[index].kind;
  put(text, "{\"kind\":\"");
  put(text, kind);
  put(text, "\",\"message\":");
  if (json_is(message, JSON_STRING)) put_slice(text, message->text);
  else put(text, "\"The upstream reported an error\"");
  put_member(text, "status", status);
  if (json_is(code, JSON_STRING)) put_member(text, "code", code);
  put(text, "}");
}

/* By the kind; kinds of other services have the nearest one here. */
static uint32_t fault_of(const Json *error) {
  for (uint32_t index = 0; index < FAULTS; index++)
    if (json_string_is(json_get(error, "kind"), faults[index].kind)) return index;
  return json_string_is(json_get(error, "kind"), "quota") ? 4 : FAULTS - 1;
}

void put_fault(Text *text, const Json *error) {
  put_name(text, "fault");
  put(text, "{\"code\":\"");
  put(text, faults[fault_of(error)].code);
  put(text, "\"");
  put_member(text, "text", json_get(error, "message"));
  put(text, "}");
}

void decode_error(Call *call) {
  put_upstream_error(&call->output, json_get(call->input, "body"), json_get(call->input, "status"));
}

void encode_error(Call *call) {
  put(&call->output, "{\"status\":");
  put(&call->output, faults[fault_of(call->input)].status);
  put(&call->output, ",\"body\":{");
  put_fault(&call->output, call->input);
  put(&call->output, "}}");
}
