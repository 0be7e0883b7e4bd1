import { Call, failure } from "./call";
import { decodeError, encodeError } from "./errors";
import { readInput, writeOutput } from "./host";
import { Json, readJson } from "./json";
import { decodeResponse, encodeResponse } from "./reply";
import { decodeRequest, encodeRequest } from "./request";
import { decodeStream, encodeStream } from "./stream";

/** The one export: reads a TranslateRequest, calls the translator it names, writes a TranslateResponse. */
export function translate(): i32 {
  writeOutput(answer(readJson(readInput())));
  // Nothing of this call is needed by the next.
  __collect();
  return 0;
}

function answer(request: Json): string {
  if (!request.exists) return failure("internal", "the call is no JSON", "");
  const target = request.get("target").inside;
  const call = new Call(request.get("input"), request.get("context"), target.slice(target.indexOf(":") + 1));
  const name = request.get("function").inside;
  if (name == "decodeRequest") return call.result(decodeRequest(call));
  if (name == "encodeRequest") return call.result(encodeRequest(call));
  if (name == "decodeResponse") return call.result(decodeResponse(call));
  if (name == "encodeResponse") return call.result(encodeResponse(call));
  if (name == "decodeStream") return call.result(decodeStream(call));
  if (name == "encodeStream") return call.result(encodeStream(call));
  if (name == "decodeError") return call.result(decodeError(call));
  if (name == "encodeError") return call.result(encodeError(call));
  return failure("unsupported", "this plugin has no function '" + name + "'", "");
}
