/* Pieces that several translators write. */
#include "acme.h"

void put_name(Text *text, const char *name) {
  char last = text->length > 0 ? text->start[text->length - 1] : '{';
  if (last != '{') put(text, ",");
  put(text, "\"");
  put(text, name);
  put(text, "\":");
}

void put_member(Text *text, const char *name, const Json *value) {
  if (value == 0) return;
  put_name(text, name);
  put_slice(text, value->text);
}

void put_pointer_key(Text *text, Slice key) {
  for (uint32_t at = 0; at < key.length; at++) {
    if (key.at[at] == '~') put(text, "~0");
    else if (key.at[at] == '/') put(text, "~1");
    else put_slice(text, (Slice){key.at + at, 1});
  }
}

void warn(Call *call, const char *code, Slice path, const char *message) {
  Text *text = &call->warnings;
  put(text, text->length > 0 ? ",{\"code\":\"" : "{\"code\":\"");
  put(text, code);
  put(text, "\",\"path\":\"");
  put_slice(text, path);
  put(text, "\",\"message\":\"");
  put(text, message);
  put(text, "\"}");
}

/* `names`: words with a space behind each. */
static bool names_one(const char *names, Slice word) {
  for (; *names != 0; names++) {
    uint32_t at = 0;
    while (at < word.length && names[at] == word.at[at] && names[at] != ' ') at++;
    if (at == word.length && names[at] == ' ') return true;
    while (*names != ' ') names++;
  }
  return false;
}

bool asks_for_something(const Json *value) {
  if (value == 0 || value->kind == JSON_NULL) return false;
  if (names_one("cache logprobs parallelToolCalls ", value->key)) return true;
  if (value->kind == JSON_BOOLEAN) return json_true(value);
  if (value->kind == JSON_STRING) return value->text.length > 2;
  if (value->kind != JSON_OBJECT) return value->kind == JSON_NUMBER || value->first != 0;
  for (const Json *member = value->first; member != 0; member = member->next)
    if (asks_for_something(member)) return true;
  return false;
}

void warn_fields(Call *call, const Json *object, const char *known, Slice path, const char *message) {
  for (const Json *field = object->first; field != 0; field = field->next) {
    if (names_one(known, field->key) || !asks_for_something(field)) continue;
    Text full = {0};
    put_slice(&full, path);
    put(&full, "/");
    put_pointer_key(&full, field->key);
    warn(call, "dropped", text_slice(&full), message);
  }
}
