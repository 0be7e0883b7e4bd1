/*
 * JSON as it is needed here: values point into the text they were read from, strings stay escaped. What is copied from
 * input to output is then copied byte for byte, and no number changes on its way.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef enum { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonKind;

typedef struct {
  const char *at;
  uint32_t length;
} Slice;

typedef struct Json {
  JsonKind kind;
  Slice text;         /* The whole value as it stands, quotes and brackets included. */
  Slice key;          /* Inside the quotes, escaped; of members of an object only. */
  struct Json *first; /* Items or members, in their order. */
  struct Json *next;
} Json;

/* NULL when the text is no JSON. */
Json *json_read(Slice text);
/* A member by its name; NULL when there is none, and for a value that is no object. The last of several counts. */
const Json *json_get(const Json *object, const char *name);
bool json_is(const Json *value, JsonKind kind);
/* True for `true`. */
bool json_true(const Json *value);
bool slice_equals(Slice slice, const char *text);
/* Inside the quotes of a string, escaped; empty for anything else. */
Slice json_inside(const Json *value);
bool json_string_is(const Json *value, const char *text);
/* 0 for anything but a number of up to nine digits. */
uint32_t json_small(const Json *value);

/* Text that grows. */
typedef struct {
  char *start;
  uint32_t length;
  uint32_t room;
} Text;

void put(Text *text, const char *characters);
void put_slice(Text *text, Slice slice);
void put_small(Text *text, uint32_t number);
Slice text_slice(const Text *text);
