/**
 * JSON as it is needed here: values keep the text they were read from, strings stay escaped. What is copied from input
 * to output is then copied as it stands, whatever the order of the keys and the size of the numbers.
 */
export class Json {
  key: string = "";
  items: Json[] = [];

  constructor(
    /** `{`, `[`, `"`, `0` for a number, `t`, `f` or `n`. */
    readonly kind: string,
    /** The whole value, quotes and brackets included. */
    public text: string,
  ) {}

  /** A member by its name, the last of several; `nothing` when there is none and for a value that is no object. */
  get(name: string): Json {
    if (this.kind != "{") return nothing;
    for (let index = this.items.length - 1; index >= 0; index--)
      if (this.items[index].key == name) return this.items[index];
    return nothing;
  }

  get exists(): bool {
    return this !== nothing;
  }
  get isString(): bool {
    return this.kind == '"';
  }
  get isTrue(): bool {
    return this.kind == "t";
  }
  /** Inside the quotes of a string, escaped; empty for anything else. */
  get inside(): string {
    return this.isString ? this.text.slice(1, -1) : "";
  }
  /** 0 for anything but a small whole number. */
  get small(): i32 {
    return this.kind == "0" && this.text.length < 10 ? I32.parseInt(this.text) : 0;
  }
}

/** What stands for a value that is not there. */
export const nothing = new Json("n", "");

/** Deeper than any request: the limit keeps a hostile one from using up the stack. */
const maxDepth = 200;

/** `nothing` when the text is no JSON. */
export function readJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.skipSpace();
  return reader.failed || reader.at != text.length ? nothing : value;
}

class Reader {
  at: i32 = 0;
  failed: bool = false;

  constructor(readonly text: string) {}

  code(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  skipSpace(): void {
    while (this.code() == 32 || this.code() == 10 || this.code() == 13 || this.code() == 9) this.at++;
  }

  take(wanted: i32): bool {
    this.skipSpace();
    if (this.code() != wanted) return false;
    this.at++;
    return true;
  }

  fail(): Json {
    this.failed = true;
    return nothing;
  }

  value(depth: i32): Json {
    this.skipSpace();
    const start = this.at;
    const first = this.code();
    if (depth > maxDepth || first < 0) return this.fail();
    let value: Json;
    if (first == 0x7b || first == 0x5b) {
      value = new Json(first == 0x7b ? "{" : "[", "");
      this.items(value, first + 2, depth);
    } else if (first == 0x22) {
      value = new Json('"', "");
      this.string();
    } else {
      value = new Json(first == 0x74 ? "t" : first == 0x66 ? "f" : first == 0x6e ? "n" : "0", "");
      while (isScalar(this.code())) this.at++;
      if (this.at == start) return this.fail();
    }
    value.text = this.text.slice(start, this.at);
    return value;
  }

  /** Items or members up to and with the closing bracket. */
  items(parent: Json, close: i32, depth: i32): void {
    this.at++;
    if (this.take(close)) return;
    do {
      let key = "";
      if (close == 0x7d) {
        this.skipSpace();
        const start = this.at + 1;
        if (this.code() != 0x22) this.fail();
        else this.string();
        key = this.text.slice(start, this.at - 1);
        if (!this.take(0x3a)) this.fail();
      }
      if (this.failed) return;
      const item = this.value(depth + 1);
      if (this.failed) return;
      item.key = key;
      parent.items.push(item);
    } while (this.take(0x2c));
    if (!this.take(close)) this.fail();
  }

  /** Leaves the reader behind the closing quote; it stands at the opening one. */
  string(): void {
    this.at++;
    for (;;) {
      const code = this.code();
      if (code < 0) {
        this.fail();
        return;
      }
      this.at++;
      if (code == 0x22) return;
      if (code == 0x5c) this.at++;
    }
  }
}

/** Letters, digits and `+ - .`, of which numbers and the three words are made. */
function isScalar(code: i32): bool {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code == 45 || code == 43 || code == 46 || code == 69;
}

/** Writes one object. Values are JSON already. */
export class Members {
  private text: string = "";

  put(name: string, json: string): Members {
    this.text += (this.text == "" ? '"' : ',"') + name + '":' + json;
    return this;
  }
  /** When the value is there. */
  copy(name: string, value: Json): Members {
    return value.exists ? this.put(name, value.text) : this;
  }
  word(name: string, word: string): Members {
    return this.put(name, '"' + word + '"');
  }
  get isEmpty(): bool {
    return this.text == "";
  }
  toString(): string {
    return "{" + this.text + "}";
  }
}

export function list(items: string[]): string {
  return "[" + items.join(",") + "]";
}

/** A key as a segment of a JSON pointer. */
export function segment(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
