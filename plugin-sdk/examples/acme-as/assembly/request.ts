import { Call } from "./call";
import { Json, list, Members } from "./json";

// Requests: { model, turns: [{ who, say }], limit?, heat?, stop?, stream? }

const wireFields = ["model", "turns", "limit", "heat", "stop", "stream"];
const hubFields = ["model", "messages", "stream", "maxOutputTokens", "temperature", "stop", "extensions"];

export function decodeRequest(call: Call): string {
  const body = call.input.get("body");
  const turns = body.get("turns");
  if (!body.get("model").isString) return call.fail("the body must be an object with 'model' and 'turns'", "");
  const turnsFault = "'turns' must be a list of { who: system | user | model, say: text }";
  if (turns.kind != "[") return call.fail(turnsFault, "/turns");
  const messages: string[] = [];
  for (let index = 0; index < turns.items.length; index++) {
    const who = turns.items[index].get("who").inside;
    const say = turns.items[index].get("say");
    const role = who == "model" ? "assistant" : who == "system" || who == "user" ? who : "";
    if (role == "" || !say.isString) return call.fail(turnsFault, "/turns/" + index.toString());
    const part = new Members().word("type", "text").copy("text", say).toString();
    messages.push(new Members().word("role", role).put("parts", list([part])).toString());
  }
  const request = new Members()
    .copy("model", body.get("model"))
    .put("messages", list(messages))
    .put("stream", body.get("stream").isTrue ? "true" : "false")
    .copy("maxOutputTokens", body.get("limit"))
    .copy("temperature", body.get("heat"))
    .copy("stop", body.get("stop"));
  // What the hub has no word for stays under the dialect's own name.
  const own = new Members();
  for (let index = 0; index < body.items.length; index++) {
    const field = body.items[index];
    if (!wireFields.includes(field.key)) own.put(field.key, field.text);
  }
  if (!own.isEmpty) request.put("extensions", new Members().put(call.dialect, own.toString()).toString());
  return request.toString();
}

/** The text of a message's parts; every other part, and every other field of a text, is told of. */
function encodeParts(call: Call, parts: Json, path: string): string {
  let say = "";
  for (let index = 0; index < parts.items.length; index++) {
    const part = parts.items[index];
    const place = path + "/parts/" + index.toString();
    if (part.get("type").inside != "text") {
      call.drop(place, "Acme takes text and nothing else");
      continue;
    }
    say += part.get("text").inside;
    call.dropRest(part, ["type", "text"], place, "Acme's texts have no such field");
  }
  return '"' + say + '"';
}

function encodeMessages(call: Call, messages: Json): string {
  const turns: string[] = [];
  for (let index = 0; index < messages.items.length; index++) {
    const message = messages.items[index];
    const path = "/messages/" + index.toString();
    const role = message.get("role").inside;
    if (role == "tool") {
      call.drop(path, "Acme has no tools");
      continue;
    }
    const turn = new Members().word("who", role == "assistant" ? "model" : role);
    turns.push(turn.put("say", encodeParts(call, message.get("parts"), path)).toString());
    call.dropRest(message, ["role", "parts"], path, "Acme's turns have no such field");
  }
  return list(turns);
}

export function encodeRequest(call: Call): string {
  const request = call.input;
  const body = new Members()
    .copy("model", call.context.get("model").get("id"))
    .put("turns", encodeMessages(call, request.get("messages")))
    .copy("limit", request.get("maxOutputTokens"))
    .copy("heat", request.get("temperature"))
    .copy("stop", request.get("stop"));
  if (request.get("stream").isTrue) body.put("stream", "true");
  // Fields of the dialect itself come back as they were; of those of others none has a place.
  const owners = request.get("extensions").items;
  for (let index = 0; index < owners.length; index++) {
    const owner = owners[index];
    if (owner.key == call.dialect) {
      for (let own = 0; own < owner.items.length; own++) body.copy(owner.items[own].key, owner.items[own]);
    } else {
      call.dropRest(owner, [], "/extensions/" + owner.key, "Acme has no counterpart of it");
    }
  }
  call.dropRest(request, hubFields, "", "Acme has no counterpart of it");
  return new Members().put("body", body.toString()).toString();
}
