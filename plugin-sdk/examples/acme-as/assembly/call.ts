import { Json, list, Members, segment } from "./json";

/** One call of the ABI, and what its translator says beside its output. */
export class Call {
  warnings: string[] = [];
  /** Set when the call fails: what is wrong and, as a JSON pointer, where. */
  fault: string = "";
  faultPath: string = "";

  constructor(
    readonly input: Json,
    readonly context: Json,
    /** Id of the dialect that is called: fields of its own are kept under it. */
    readonly dialect: string,
  ) {}

  drop(path: string, message: string): void {
    this.warnings.push(new Members().word("code", "dropped").word("path", path).word("message", message).toString());
  }

  /** Tells of every field of an object that is not among `known`. */
  dropRest(object: Json, known: string[], path: string, message: string): void {
    for (let index = 0; index < object.items.length; index++) {
      const field = object.items[index];
      if (!known.includes(field.key) && asksForSomething(field)) this.drop(path + "/" + segment(field.key), message);
    }
  }

  /** Always empty, so that a translator can return it. */
  fail(message: string, path: string): string {
    this.fault = message;
    this.faultPath = path;
    return "";
  }

  result(output: string): string {
    if (this.fault != "") return failure("invalid-input", this.fault, this.faultPath);
    const members = new Members().put("ok", "true").put("output", output);
    if (this.warnings.length > 0) members.put("warnings", list(this.warnings));
    return members.toString();
  }
}

export function failure(code: string, message: string, path: string): string {
  const error = new Members().word("code", code).word("message", message);
  if (path != "") error.word("path", path);
  return new Members().put("ok", "false").put("error", error.toString()).toString();
}

/** Fields whose empty or false value has an effect. */
const telling = ["cache", "logprobs", "parallelToolCalls"];

/** Null, false and what is empty ask for nothing. */
function asksForSomething(value: Json): bool {
  if (value.kind == "n") return false;
  if (telling.includes(value.key)) return true;
  if (value.kind == "f") return false;
  if (value.isString) return value.inside != "";
  if (value.kind == "[") return value.items.length > 0;
  if (value.kind != "{") return true;
  for (let index = 0; index < value.items.length; index++) if (asksForSomething(value.items[index])) return true;
  return false;
}
