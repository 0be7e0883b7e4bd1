/* Streams: { id, model }, then { say }*, then { why, used } or { fault }. Each line is one frame. */
#include "acme.h"

typedef struct {
  bool started;
  bool open;
  bool ended;
} State;

static void begin(Text *out, const char *type) {
  put(out, out->start[out->length - 1] == '[' ? "{\"type\":\"" : ",{\"type\":\"");
  put(out, type);
  put(out, "\"");
}

static void put_start(Text *out, State *state, const Json *line) {
  if (state->started) return;
  state->started = true;
  const Json *id = json_get(line, "id");
  const Json *model = json_get(line, "model");
  begin(out, "response-start");
  put_name(out, "id");
  if (json_is(id, JSON_STRING)) put_slice(out, id->text);
  else put(out, "\"\"");
  put_name(out, "model");
  if (json_is(model, JSON_STRING)) put_slice(out, model->text);
  else put(out, "\"\"");
  put(out, "}");
}

static void put_say(Text *out, State *state, const Json *say) {
  if (!state->open) {
    state->open = true;
    begin(out, "part-start");
    put(out, ",\"index\":0,\"part\":{\"type\":\"text\"}}");
  }
  if (json_inside(say).length == 0) return;
  begin(out, "part-delta");
  put(out, ",\"index\":0,\"delta\":{\"type\":\"text\"");
  put_member(out, "text", say);
  put(out, "}}");
}

static void put_end(Text *out, State *state, const Json *line) {
  if (state->open) {
    begin(out, "part-end");
    put(out, ",\"index\":0}");
  }
  if (json_is(json_get(line, "used"), JSON_OBJECT)) {
    begin(out, "usage");
    put_name(out, "usage");
    put_usage(out, json_get(line, "used"));
    put(out, "}");
  }
  begin(out, "response-end");
  put_finish(out, json_get(line, "why"));
  put(out, "}");
  state->ended = true;
}

static void decode_line(Text *out, State *state, const Json *line) {
  if (state->ended || !json_is(line, JSON_OBJECT)) return;
  if (json_is(json_get(line, "fault"), JSON_OBJECT)) {
    begin(out, "error");
    put_name(out, "error");
    put_upstream_error(out, line, 0);
    put(out, "}");
    state->ended = true;
    return;
  }
  put_start(out, state, line);
  if (json_is(json_get(line, "say"), JSON_STRING)) put_say(out, state, json_get(line, "say"));
  if (json_is(json_get(line, "why"), JSON_STRING)) put_end(out, state, line);
}

void decode_stream(Call *call) {
  const Json *before = json_get(call->input, "state");
  State state = {json_true(json_get(before, "started")), json_true(json_get(before, "open")),
                 json_true(json_get(before, "ended"))};
  Text events = {0};
  put(&events, "[");
  const Json *items = json_get(call->input, "items");
  for (const Json *frame = items == 0 ? 0 : items->first; frame != 0; frame = frame->next)
    decode_line(&events, &state, json_get(frame, "data"));
  if (json_get(call->input, "end") != 0 && !state.ended) {
    begin(&events, "error");
    put(&events, ",\"error\":{\"kind\":\"server\",\"message\":\"The stream ended before its last line\"}}");
    state.ended = true;
  }
  put(&events, "]");
  put(&call->output, "{\"state\":{\"started\":");
  put(&call->output, state.started ? "true,\"open\":" : "false,\"open\":");
  put(&call->output, state.open ? "true,\"ended\":" : "false,\"ended\":");
  put(&call->output, state.ended ? "true},\"items\":" : "false},\"items\":");
  put_slice(&call->output, text_slice(&events));
  put(&call->output, "}");
}

/* What belongs to a text and is none: `logprobs`, `citation`, `signature`. The host tells of the same loss once. */
static void warn_delta(Call *call, const Json *event, const Json *type) {
  Text path = {0};
  put(&path, "/parts/");
  put_small(&path, json_small(json_get(event, "index")));
  put(&path, "/");
  put_slice(&path, json_inside(type));
  if (json_string_is(type, "citation")) put(&path, "s");
  warn(call, "dropped", text_slice(&path), "Acme's texts have no such field");
}

static void begin_frame(Text *out) { put(out, out->start[out->length - 1] == '[' ? "{\"data\":{" : ",{\"data\":{"); }

static void encode_event(Call *call, Text *out, const Json *event, const Json **usage) {
  const Json *type = json_get(event, "type");
  if (json_string_is(type, "response-start")) {
    begin_frame(out);
    put_member(out, "id", json_get(event, "id"));
    put_member(out, "model", json_get(event, "model"));
    put(out, "}}");
  } else if (json_string_is(type, "part-start")) {
    if (json_string_is(json_get(json_get(event, "part"), "type"), "text")) return;
    Text path = {0};
    put(&path, "/parts/");
    put_small(&path, json_small(json_get(event, "index")));
    warn(call, "dropped", text_slice(&path), "Acme's replies are text and nothing else");
  } else if (json_string_is(type, "part-delta")) {
    const Json *delta = json_get(event, "delta");
    if (!json_string_is(json_get(delta, "type"), "text")) {
      warn_delta(call, event, json_get(delta, "type"));
      return;
    }
    begin_frame(out);
    put_member(out, "say", json_get(delta, "text"));
    put(out, "}}");
  } else if (json_string_is(type, "usage")) {
    *usage = json_get(event, "usage");
  } else if (json_string_is(type, "response-end")) {
    begin_frame(out);
    put_name(out, "why");
    put(out, "\"");
    put(out, why_of(json_get(event, "finish")));
    put(out, "\"");
    if (*usage != 0) {
      put_name(out, "used");
      put_used(out, *usage);
    }
    put(out, "}}");
  } else if (json_string_is(type, "error")) {
    begin_frame(out);
    put_fault(out, json_get(event, "error"));
    put(out, "}}");
  }
}

/* The state is the usage so far: it is written with the last line. */
void encode_stream(Call *call) {
  const Json *usage = json_get(call->input, "state");
  if (!json_is(usage, JSON_OBJECT)) usage = 0;
  Text frames = {0};
  put(&frames, "[");
  const Json *items = json_get(call->input, "items");
  for (const Json *event = items == 0 ? 0 : items->first; event != 0; event = event->next)
    encode_event(call, &frames, event, &usage);
  put(&frames, "]");
  put(&call->output, "{\"state\":");
  if (usage != 0) put_slice(&call->output, usage->text);
  else put(&call->output, "null");
  put(&call->output, ",\"items\":");
  put_slice(&call->output, text_slice(&frames));
  put(&call->output, "}");
}
