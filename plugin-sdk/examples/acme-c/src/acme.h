/* One call of the ABI, and what its translators write to. */
#pragma once
#include "json.h"

typedef struct {
  const Json *input;
  const Json *context;
  /* Id of the dialect that is called: fields of its own are kept under it. */
  Slice dialect;
  Text output;
  /* Entries of `warnings`, with commas between them. */
  Text warnings;
  /* Set when the call fails: what is wrong and, as a JSON pointer, where. */
  const char *fault;
  const char *faultPath;
} Call;

typedef void Translator(Call *call);

Translator decode_request, encode_request, decode_response, encode_response, decode_stream, encode_stream,
    decode_error, encode_error;

/* `path` is a JSON pointer into the canonical input, `rest` is written behind it as it is. */
void warn(Call *call, const char *code, Slice path, const char *message);
/* Null, false and what is empty ask for nothing, but for the few fields where they do. */
bool asks_for_something(const Json *value);
/* Tells of every field of an object that is not among `known`, words with a space behind each. */
void warn_fields(Call *call, const Json *object, const char *known, Slice path, const char *message);
/* Begins a member: the comma where one is due, the name, the colon. */
void put_name(Text *text, const char *name);
/* The member when the value is there, with its own text. */
void put_member(Text *text, const char *name, const Json *value);
/* A key inside a JSON pointer. */
void put_pointer_key(Text *text, Slice key);

/* The reply's parts that stream and whole share. */
void put_finish(Text *text, const Json *why);
void put_usage(Text *text, const Json *used);
const char *why_of(const Json *finish);
void put_used(Text *text, const Json *usage);
/* An UpstreamError of a body or line with `fault`; `status` may be NULL. */
void put_upstream_error(Text *text, const Json *body, const Json *status);
/* `"fault": {}` of an UpstreamError. */
void put_fault(Text *text, const Json *error);
