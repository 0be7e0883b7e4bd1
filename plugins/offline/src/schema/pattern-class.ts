/** A text that was read, and where the reading stopped. */
interface Read {
  text: string;
  end: number;
}

/** What stands for a negated class or shorthand: the first of these that is not excluded. */
const ordinary = ['a', 'A', '0', '_', '-', ' ', '.', '!', 'é', '\t'];

/** One character of a class; `at` is just behind the `[`. `undefined` where it cannot be read or excludes all. */
export function pickFromClass(pattern: string, at: number): Read | undefined {
  const isNegated = pattern[at] === '^';
  let position = isNegated ? at + 1 : at;
  const members: ((text: string) => boolean)[] = [];
  const samples: string[] = [];
  while (position < pattern.length && pattern[position] !== ']') {
    const first = readMember(pattern, position);
    if (first === undefined) return undefined;
    position = first.end;
    const last = first.isSet || !isRange(pattern, position) ? undefined : readMember(pattern, position + 1);
    if (last === undefined) members.push(first.includes);
    else {
      if (last.isSet) return undefined;
      members.push((text) => text >= first.text && text <= last.text);
      position = last.end;
    }
    samples.push(first.text);
  }
  if (pattern[position] !== ']') return undefined;
  const end = position + 1;
  const text = isNegated ? ordinary.find((one) => !members.some((includes) => includes(one))) : samples[0];
  return text === undefined ? undefined : { text, end };
}

/** The character an escape stands for outside a class, or one of its set; `at` is just behind the backslash. */
export function readEscape(pattern: string, at: number): Read | undefined {
  const letter = pattern.charAt(at);
  if (letter === 'b' || letter === 'B') return { text: '', end: at + 1 };
  const member = readMember(pattern, at - 1);
  return member === undefined ? undefined : { text: member.text, end: member.end };
}

interface Member extends Read {
  isSet: boolean;
  includes: (text: string) => boolean;
}

function readMember(pattern: string, at: number): Member | undefined {
  if (pattern[at] !== '\\') {
    const text = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    return single(text, at + text.length);
  }
  const letter = pattern.charAt(at + 1);
  const set = sets.get(letter);
  if (set !== undefined) {
    const text = ordinary.find((one) => set.test(one)) ?? 'a';
    return { text, end: at + 2, isSet: true, includes: (one) => set.test(one) };
  }
  if (letter === 'p' || letter === 'P') return readProperty(pattern, at);
  const code = /^\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2}))/i.exec(pattern.slice(at, at + 12));
  if (code !== null) {
    const point = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16);
    return point > 0x10ffff ? undefined : single(String.fromCodePoint(point), at + code[0].length);
  }
  // Digits are back-references, `k` a named one, other letters have no meaning under the `u` flag.
  const control = controls.get(letter);
  if (control === undefined && /[\p{L}\d]/u.test(letter)) return undefined;
  return letter === '' ? undefined : single(control ?? letter, at + 2);
}

/** `\p{...}` by trying: the name goes into an expression of our own shape, one class and nothing to repeat. */
function readProperty(pattern: string, at: number): Member | undefined {
  const property = /^\\[pP]\{[\w=]{1,60}\}/.exec(pattern.slice(at, at + 70))?.[0];
  if (property === undefined) return undefined;
  try {
    const set = new RegExp(`^${property}$`, 'u');
    const text = ordinary.find((one) => set.test(one));
    const includes = (one: string): boolean => set.test(one);
    return text === undefined ? undefined : { text, end: at + property.length, isSet: true, includes };
  } catch {
    // No such property.
    return undefined;
  }
}

function single(text: string, end: number): Member {
  return { text, end, isSet: false, includes: (one) => one === text };
}

function isRange(pattern: string, at: number): boolean {
  return pattern[at] === '-' && at + 1 < pattern.length && pattern[at + 1] !== ']';
}

const sets = new Map([
  ['d', /\d/],
  ['D', /\D/],
  ['w', /\w/],
  ['W', /\W/],
  ['s', /\s/],
  ['S', /\S/],
]);
const controls = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
]);
