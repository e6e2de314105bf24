// How a call ended: the bits that answers carry, with a sign and a word for each.

export const ERROR = 1;
export const PANIC = 2;
export const CANCELLED = 4;
export const OPEN = 8;
export const ASYNC = 16;
export const THINNED = 32;
export const ROOT = 64;
export const REACHED = 128;

const ENDS = [
  { bit: PANIC, kind: "panic", sign: "‼", word: "panicked" },
  { bit: ERROR, kind: "error", sign: "✗", word: "returned an error" },
  { bit: CANCELLED, kind: "cancelled", sign: "⊘", word: "cancelled" },
  { bit: OPEN, kind: "open", sign: "◌", word: "not ended" },
];
const WELL = { bit: 0, kind: "well", sign: "", word: "returned" };

/** How it ended, the worst first. */
export function ending(flags) {
  return ENDS.find((end) => flags & end.bit) ?? WELL;
}

export const ENDINGS = ENDS;
