/** Above this many pieces they grow instead, so that echoing a megabyte stays a stream of a sane length. */
const maxPieces = 2000;

/** Cuts text into pieces of a few words each, about `size` characters; joined they are the text again. */
export function splitWords(text: string, size: number): string[] {
  const goal = pieceSize(text, size);
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = wordEnd(text, start, goal);
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/** Cuts text into pieces of `size` characters, without regard to words. */
export function splitEvenly(text: string, size: number): string[] {
  const goal = pieceSize(text, size);
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = wholeCharacter(text, start + goal);
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/** `text.slice(0, length)` that never leaves half a surrogate pair behind. */
export function truncate(text: string, length: number): string {
  if (length >= text.length) return text;
  return text.slice(0, isPairSplit(text, length) ? length - 1 : length);
}

function pieceSize(text: string, size: number): number {
  return Math.max(size, Math.ceil(text.length / maxPieces));
}

/** The last space within reach ends the piece; the space opens the next one, as real tokenizers have it. */
function wordEnd(text: string, start: number, goal: number): number {
  const limit = start + goal;
  if (limit >= text.length) return text.length;
  const space = text.lastIndexOf(' ', limit);
  return space > start ? space : wholeCharacter(text, limit);
}

function wholeCharacter(text: string, position: number): number {
  if (position >= text.length) return text.length;
  return isPairSplit(text, position) ? position + 1 : position;
}

function isPairSplit(text: string, position: number): boolean {
  const before = text.charCodeAt(position - 1);
  const after = text.charCodeAt(position);
  return before >= 0xd800 && before <= 0xdbff && after >= 0xdc00 && after <= 0xdfff;
}
