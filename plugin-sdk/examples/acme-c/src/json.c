#include "json.h"

#include "memory.h"

void *memcpy(void *to, const void *from, size_t length);

/* Deeper than any request: the limit keeps a hostile one from using up the stack. */
#define MAX_DEPTH 200

typedef struct {
  const char *at;
  const char *end;
} Reader;

static Json *read_value(Reader *reader, int depth);

static void skip_space(Reader *reader) {
  while (reader->at < reader->end &&
         (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t'))
    reader->at++;
}

static bool take(Reader *reader, char wanted) {
  skip_space(reader);
  if (reader->at >= reader->end || *reader->at != wanted) return false;
  reader->at++;
  return true;
}

/* Leaves the reader behind the closing quote; it stands at the opening one. */
static bool skip_string(Reader *reader) {
  reader->at++;
  while (reader->at < reader->end) {
    char character = *reader->at++;
    if (character == '"') return true;
    if (character == '\\') reader->at++;
  }
  return false;
}

static Json *make(JsonKind kind, const char *start) {
  Json *value = memory_take(sizeof(Json));
  *value = (Json){.kind = kind, .text = {start, 0}};
  return value;
}

/* Items of an array or members of an object, up to and with the closing bracket. */
static bool read_items(Reader *reader, Json *parent, char close, int depth) {
  Json **last = &parent->first;
  reader->at++;
  if (take(reader, close)) return true;
  for (;;) {
    Slice key = {0, 0};
    if (close == '}') {
      skip_space(reader);
      if (reader->at >= reader->end || *reader->at != '"') return false;
      key.at = reader->at + 1;
      if (!skip_string(reader)) return false;
      key.length = (uint32_t)(reader->at - key.at - 1);
      if (!take(reader, ':')) return false;
    }
    Json *item = read_value(reader, depth + 1);
    if (item == 0) return false;
    item->key = key;
    *last = item;
    last = &item->next;
    if (take(reader, close)) return true;
    if (!take(reader, ',')) return false;
  }
}

static bool is_scalar(char character) {
  return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character == '-' ||
         character == '+' || character == '.' || character == 'E';
}

static Json *read_value(Reader *reader, int depth) {
  skip_space(reader);
  if (reader->at >= reader->end || depth > MAX_DEPTH) return 0;
  const char *start = reader->at;
  Json *value;
  bool whole = true;
  switch (*start) {
    case '{':
      value = make(JSON_OBJECT, start);
      whole = read_items(reader, value, '}', depth);
      break;
    case '[':
      value = make(JSON_ARRAY, start);
      whole = read_items(reader, value, ']', depth);
      break;
    case '"':
      value = make(JSON_STRING, start);
      whole = skip_string(reader);
      break;
    default:
      while (reader->at < reader->end && is_scalar(*reader->at)) reader->at++;
      value = make(*start == 'n' ? JSON_NULL : *start == 't' || *start == 'f' ? JSON_BOOLEAN : JSON_NUMBER, start);
      whole = reader->at > start;
  }
  value->text.length = (uint32_t)(reader->at - start);
  return whole ? value : 0;
}

Json *json_read(Slice text) {
  Reader reader = {text.at, text.at + text.length};
  Json *value = read_value(&reader, 0);
  skip_space(&reader);
  return reader.at == reader.end ? value : 0;
}

bool slice_equals(Slice slice, const char *text) {
  uint32_t at = 0;
  for (; at < slice.length; at++)
    if (text[at] == 0 || text[at] != slice.at[at]) return false;
  return text[at] == 0;
}

const Json *json_get(const Json *object, const char *name) {
  const Json *found = 0;
  if (object == 0 || object->kind != JSON_OBJECT) return 0;
  for (const Json *member = object->first; member != 0; member = member->next)
    if (slice_equals(member->key, name)) found = member;
  return found;
}

bool json_is(const Json *value, JsonKind kind) { return value != 0 && value->kind == kind; }

bool json_true(const Json *value) { return json_is(value, JSON_BOOLEAN) && *value->text.at == 't'; }

Slice json_inside(const Json *value) {
  if (!json_is(value, JSON_STRING)) return (Slice){"", 0};
  return (Slice){value->text.at + 1, value->text.length - 2};
}

bool json_string_is(const Json *value, const char *text) {
  return json_is(value, JSON_STRING) && slice_equals(json_inside(value), text);
}

uint32_t json_small(const Json *value) {
  uint32_t number = 0;
  if (!json_is(value, JSON_NUMBER) || value->text.length > 9) return 0;
  for (uint32_t at = 0; at < value->text.length; at++) {
    char digit = value->text.at[at];
    if (digit < '0' || digit > '9') return 0;
    number = number * 10 + (uint32_t)(digit - '0');
  }
  return number;
}

static void put_bytes(Text *text, const char *bytes, uint32_t length) {
  if (text->length + length > text->room) {
    uint32_t room = (text->length + length) * 2 + 64;
    char *start = memory_take(room);
    memcpy(start, text->start, text->length);
    text->start = start;
    text->room = room;
  }
  memcpy(text->start + text->length, bytes, length);
  text->length += length;
}

void put(Text *text, const char *characters) {
  uint32_t length = 0;
  while (characters[length] != 0) length++;
  put_bytes(text, characters, length);
}

void put_slice(Text *text, Slice slice) { put_bytes(text, slice.at, slice.length); }

void put_small(Text *text, uint32_t number) {
  char digits[10];
  uint32_t count = 0;
  do {
    digits[9 - count++] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  put_bytes(text, digits + 10 - count, count);
}

Slice text_slice(const Text *text) { return (Slice){text->start, text->length}; }
