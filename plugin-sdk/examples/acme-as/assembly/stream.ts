import { Call } from "./call";
import { faultOf, upstreamError } from "./errors";
import { Json, list, Members } from "./json";
import { finishOf, usageOf, usedOf, whyOf } from "./reply";

// Streams: { id, model }, then { say }*, then { why, used } or { fault }. Each line is one frame.

class StreamReader {
  events: string[] = [];
  started: bool;
  open: bool;
  ended: bool;

  constructor(state: Json) {
    this.started = state.get("started").isTrue;
    this.open = state.get("open").isTrue;
    this.ended = state.get("ended").isTrue;
  }

  event(type: string): Members {
    return new Members().word("type", type);
  }
  add(event: Members): void {
    this.events.push(event.toString());
  }

  read(line: Json): void {
    if (this.ended || line.kind != "{") return;
    if (line.get("fault").kind == "{") {
      this.fail(upstreamError(line, line.get("status")));
      return;
    }
    if (!this.started) {
      this.started = true;
      const id = line.get("id");
      const model = line.get("model");
      this.add(this.event("response-start").word("id", id.inside).word("model", model.inside));
    }
    if (line.get("say").isString) this.say(line.get("say"));
    if (line.get("why").isString) this.end(line);
  }

  say(say: Json): void {
    if (!this.open) {
      this.open = true;
      this.add(this.event("part-start").put("index", "0").put("part", new Members().word("type", "text").toString()));
    }
    if (say.inside == "") return;
    const delta = new Members().word("type", "text").copy("text", say);
    this.add(this.event("part-delta").put("index", "0").put("delta", delta.toString()));
  }

  end(line: Json): void {
    if (this.open) this.add(this.event("part-end").put("index", "0"));
    if (line.get("used").kind == "{") this.add(this.event("usage").put("usage", usageOf(line.get("used"))));
    this.add(this.event("response-end").put("finish", finishOf(line.get("why"))));
    this.ended = true;
  }

  fail(error: string): void {
    this.add(this.event("error").put("error", error));
    this.ended = true;
  }

  state(): string {
    return new Members()
      .put("started", this.started.toString())
      .put("open", this.open.toString())
      .put("ended", this.ended.toString())
      .toString();
  }
}

export function decodeStream(call: Call): string {
  const reader = new StreamReader(call.input.get("state"));
  const frames = call.input.get("items").items;
  for (let index = 0; index < frames.length; index++) reader.read(frames[index].get("data"));
  if (call.input.get("end").exists && !reader.ended) {
    const message = "The stream ended before its last line";
    reader.fail(new Members().word("kind", "server").word("message", message).toString());
  }
  return new Members().put("state", reader.state()).put("items", list(reader.events)).toString();
}

/** The state is the usage so far: it is written with the last line. */
export function encodeStream(call: Call): string {
  const state = call.input.get("state");
  const frames: string[] = [];
  let usage = state.kind == "{" ? state.text : "null";
  let used = state.kind == "{" ? usedOf(state) : "";
  const events = call.input.get("items").items;
  for (let index = 0; index < events.length; index++) {
    const event = events[index];
    const type = event.get("type").inside;
    const line = new Members();
    if (type == "response-start") {
      line.copy("id", event.get("id")).copy("model", event.get("model"));
    } else if (type == "part-start" && event.get("part").get("type").inside != "text") {
      call.drop("/parts/" + event.get("index").text, "Acme's replies are text and nothing else");
    } else if (type == "part-delta") {
      const what = event.get("delta").get("type").inside;
      if (what == "text") line.copy("say", event.get("delta").get("text"));
      else {
        // What belongs to a text and is none. The host tells of the same loss once.
        const field = what == "citation" ? "citations" : what;
        call.drop("/parts/" + event.get("index").text + "/" + field, "Acme's texts have no such field");
      }
    } else if (type == "usage") {
      usage = event.get("usage").text;
      used = usedOf(event.get("usage"));
    } else if (type == "response-end") {
      line.word("why", whyOf(event.get("finish")));
      if (used != "") line.put("used", used);
    } else if (type == "error") {
      line.put("fault", faultOf(event.get("error")));
    }
    if (!line.isEmpty) frames.push(new Members().put("data", line.toString()).toString());
  }
  return new Members().put("state", usage).put("items", list(frames)).toString();
}
