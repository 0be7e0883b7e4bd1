/* Requests: { model, turns: [{ who, say }], limit?, heat?, stop?, stream? } */
#include "acme.h"

static const char *const roles[][2] = {{"system", "system"}, {"user", "user"}, {"assistant", "model"}};
/* Wire fields that have a place in the canonical request, and that place. */
static const char *const settings[][2] = {{"limit", "maxOutputTokens"}, {"heat", "temperature"}, {"stop", "stop"}};

static bool is_wire_field(Slice key) {
  static const char *const names[] = {"model", "turns", "limit", "heat", "stop", "stream"};
  for (uint32_t index = 0; index < 6; index++)
    if (slice_equals(key, names[index])) return true;
  return false;
}

static bool decode_turns(Call *call, const Json *turns) {
  Text *out = &call->output;
  put_name(out, "messages");
  put(out, "[");
  for (const Json *turn = turns->first; turn != 0; turn = turn->next) {
    const char *role = 0;
    for (uint32_t index = 0; index < 3; index++)
      if (json_string_is(json_get(turn, "who"), roles[index][1])) role = roles[index][0];
    const Json *say = json_get(turn, "say");
    if (role == 0 || !json_is(say, JSON_STRING)) return false;
    put(out, turn == turns->first ? "{\"role\":\"" : ",{\"role\":\"");
    put(out, role);
    put(out, "\",\"parts\":[{\"type\":\"text\",\"text\":");
    put_slice(out, say->text);
    put(out, "}]}");
  }
  put(out, "]");
  return true;
}

/* What the hub has no word for stays under the dialect's own name. */
static void keep_unknown(Call *call, const Json *body) {
  Text own = {0};
  for (const Json *member = body->first; member != 0; member = member->next) {
    if (is_wire_field(member->key)) continue;
    put(&own, own.length > 0 ? ",\"" : "\"");
    put_slice(&own, member->key);
    put(&own, "\":");
    put_slice(&own, member->text);
  }
  if (own.length == 0) return;
  put(&call->output, ",\"extensions\":{\"");
  put_slice(&call->output, call->dialect);
  put(&call->output, "\":{");
  put_slice(&call->output, text_slice(&own));
  put(&call->output, "}}");
}

void decode_request(Call *call) {
  const Json *body = json_get(call->input, "body");
  const Json *turns = json_get(body, "turns");
  const Json *model = json_get(body, "model");
  call->fault = "the body must be an object with 'model' and 'turns'";
  if (!json_is(body, JSON_OBJECT) || !json_is(model, JSON_STRING)) return;
  call->fault = "'turns' must be a list of { who: system | user | model, say: text }";
  call->faultPath = "/turns";
  if (!json_is(turns, JSON_ARRAY)) return;
  put(&call->output, "{");
  put_member(&call->output, "model", model);
  if (!decode_turns(call, turns)) return;
  put_name(&call->output, "stream");
  put(&call->output, json_true(json_get(body, "stream")) ? "true" : "false");
  for (uint32_t index = 0; index < 3; index++)
    put_member(&call->output, settings[index][1], json_get(body, settings[index][0]));
  keep_unknown(call, body);
  put(&call->output, "}");
  call->fault = 0;
}

/* Of a message, or of one of its parts. */
static Slice path_of(uint32_t message, int32_t part) {
  Text path = {0};
  put(&path, "/messages/");
  put_small(&path, message);
  if (part >= 0) {
    put(&path, "/parts/");
    put_small(&path, (uint32_t)part);
  }
  return text_slice(&path);
}

/* The text of a message's parts; every other part, and every other field of a text, is told of. */
static void encode_parts(Call *call, const Json *message, uint32_t index) {
  int32_t at = 0;
  put(&call->output, "\"");
  const Json *parts = json_get(message, "parts");
  for (const Json *part = parts == 0 ? 0 : parts->first; part != 0; part = part->next, at++) {
    if (!json_string_is(json_get(part, "type"), "text")) {
      warn(call, "dropped", path_of(index, at), "Acme takes text and nothing else");
      continue;
    }
    put_slice(&call->output, json_inside(json_get(part, "text")));
    warn_fields(call, part, "type text ", path_of(index, at), "Acme's texts have no such field");
  }
  put(&call->output, "\"");
}

static void encode_messages(Call *call, const Json *messages) {
  Text *out = &call->output;
  uint32_t index = 0;
  bool first = true;
  put_name(out, "turns");
  put(out, "[");
  for (const Json *message = messages == 0 ? 0 : messages->first; message != 0; message = message->next, index++) {
    const char *who = 0;
    for (uint32_t role = 0; role < 3; role++)
      if (json_string_is(json_get(message, "role"), roles[role][0])) who = roles[role][1];
    if (who == 0) {
      warn(call, "dropped", path_of(index, -1), "Acme has no tools");
      continue;
    }
    put(out, first ? "{\"who\":\"" : ",{\"who\":\"");
    first = false;
    put(out, who);
    put(out, "\",\"say\":");
    encode_parts(call, message, index);
    put(out, "}");
    warn_fields(call, message, "role parts ", path_of(index, -1), "Acme's turns have no such field");
  }
  put(out, "]");
}

/* Fields of the dialect itself come back as they were; of those of others none has a place. */
static void encode_extensions(Call *call, const Json *extensions) {
  for (const Json *owner = extensions->first; owner != 0; owner = owner->next) {
    bool is_own = owner->key.length == call->dialect.length;
    for (uint32_t at = 0; is_own && at < owner->key.length; at++) is_own = owner->key.at[at] == call->dialect.at[at];
    if (!is_own) {
      Text path = {0};
      put(&path, "/extensions/");
      put_pointer_key(&path, owner->key);
      warn_fields(call, owner, "", text_slice(&path), "Acme has no counterpart of it");
      continue;
    }
    for (const Json *own = owner->first; own != 0; own = own->next) {
      put(&call->output, ",\"");
      put_slice(&call->output, own->key);
      put(&call->output, "\":");
      put_slice(&call->output, own->text);
    }
  }
}

void encode_request(Call *call) {
  const Json *request = call->input;
  const Json *extensions = json_get(request, "extensions");
  put(&call->output, "{\"body\":{");
  put_member(&call->output, "model", json_get(json_get(call->context, "model"), "id"));
  encode_messages(call, json_get(request, "messages"));
  for (uint32_t index = 0; index < 3; index++)
    put_member(&call->output, settings[index][0], json_get(request, settings[index][1]));
  if (json_true(json_get(request, "stream"))) put(&call->output, ",\"stream\":true");
  if (extensions != 0) encode_extensions(call, extensions);
  put(&call->output, "}}");
  warn_fields(call, request, "model messages stream maxOutputTokens temperature stop extensions ", (Slice){"", 0},
              "Acme has no counterpart of it");
}
