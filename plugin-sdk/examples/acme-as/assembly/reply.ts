import { Call } from "./call";
import { Json, list, Members } from "./json";

// Replies: { id, model, say, why: done | limit | filter, used: { in, out } }

export function finishOf(why: Json): string {
  const word = why.inside;
  const reason = word == "done" ? "stop" : word == "limit" ? "length" : word == "filter" ? "content-filter" : "other";
  return new Members().word("reason", reason).copy("raw", why).toString();
}

export function whyOf(finish: Json): string {
  const reason = finish.get("reason").inside;
  if (reason == "length" || reason == "context-length") return "limit";
  return reason == "content-filter" || reason == "refusal" ? "filter" : "done";
}

export function usageOf(used: Json): string {
  return new Members().copy("inputTokens", used.get("in")).copy("outputTokens", used.get("out")).toString();
}

export function usedOf(usage: Json): string {
  return new Members().copy("in", usage.get("inputTokens")).copy("out", usage.get("outputTokens")).toString();
}

export function decodeResponse(call: Call): string {
  const body = call.input.get("body");
  if (!body.get("say").isString) return call.fail("a reply must be an object with 'say'", "/say");
  const part = new Members().word("type", "text").copy("text", body.get("say")).toString();
  return new Members()
    .copy("id", body.get("id"))
    .copy("model", body.get("model"))
    .put("parts", list([part]))
    .put("finish", finishOf(body.get("why")))
    .put("usage", usageOf(body.get("used")))
    .toString();
}

export function encodeResponse(call: Call): string {
  const reply = call.input;
  const parts = reply.get("parts");
  let say = "";
  for (let index = 0; index < parts.items.length; index++) {
    const part = parts.items[index];
    const path = "/parts/" + index.toString();
    if (part.get("type").inside != "text") {
      call.drop(path, "Acme's replies are text and nothing else");
      continue;
    }
    say += part.get("text").inside;
    call.dropRest(part, ["type", "text", "extensions"], path, "Acme's texts have no such field");
  }
  const known = ["id", "model", "parts", "finish", "usage", "extensions"];
  call.dropRest(reply, known, "", "Acme has no counterpart of it");
  return new Members()
    .copy("id", reply.get("id"))
    .copy("model", reply.get("model"))
    .put("say", '"' + say + '"')
    .word("why", whyOf(reply.get("finish")))
    .put("used", usedOf(reply.get("usage")))
    .toString();
}
