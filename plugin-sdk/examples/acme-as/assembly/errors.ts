import { Call } from "./call";
import { Json, Members } from "./json";

// Errors: { fault: { code, text } }

const codes = ["bad_request", "bad_key", "forbidden", "no_such_model", "slow_down", "too_long", "busy", "broken"];
const kinds = [
  "invalid-request",
  "authentication",
  "permission",
  "not-found",
  "rate-limit",
  "context-length",
  "overloaded",
  "server",
];
const statuses = [400, 401, 403, 404, 429, 400, 503, 500];

function kindOfStatus(status: Json): string {
  const index = statuses.indexOf(status.small);
  if (index > 0) return kinds[index];
  return status.small >= 500 || !status.exists ? "server" : "invalid-request";
}

/** An UpstreamError; a line of a stream has no status. */
export function upstreamError(body: Json, status: Json): string {
  const fault = body.get("fault");
  const index = codes.indexOf(fault.get("code").inside);
  const message = fault.get("text");
  const error = new Members()
    .word("kind", index >= 0 ? kinds[index] : kindOfStatus(status))
    .put("message", message.isString ? message.text : '"The upstream reported an error"')
    .copy("status", status);
  if (fault.get("code").isString) error.copy("code", fault.get("code"));
  return error.toString();
}

/** By the kind; kinds of other services have the nearest one here. */
function indexOf(error: Json): i32 {
  const kind = error.get("kind").inside;
  const index = kinds.indexOf(kind == "quota" ? "rate-limit" : kind);
  return index >= 0 ? index : kinds.length - 1;
}

export function faultOf(error: Json): string {
  return new Members().word("code", codes[indexOf(error)]).copy("text", error.get("message")).toString();
}

export function decodeError(call: Call): string {
  return upstreamError(call.input.get("body"), call.input.get("status"));
}

export function encodeError(call: Call): string {
  const body = new Members().put("fault", faultOf(call.input)).toString();
  return new Members().put("status", statuses[indexOf(call.input)].toString()).put("body", body).toString();
}
