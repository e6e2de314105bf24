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
  { bit: PANIC, kind: "panic", sign: "✗", word: "panicked" },
  { bit: ERROR, kind: "error", sign: "✗", word: "returned an error" },
  { bit: CANCELLED, kind: "cancelled", sign: "⊘", word: "cancelled" },
  { bit: OPEN, kind: "open", sign: "◌", word: "not ended" },
];
const WELL = { bit: 0, kind: "well", sign: "", word: "returned" };

/** How it ended, the worst first. The signs are those of `flowtrace tree`. */
export function ending(flags) {
  const end = ENDS.find((end) => flags & end.bit) ?? WELL;
  const isHandled = (end.bit & (ERROR | PANIC)) !== 0 && (flags & REACHED) === 0;
  return isHandled ? { ...end, sign: HANDLED, word: `${end.word}, and a caller went on` } : end;
}

const HANDLED = "△";

/** Each sign, with what it says. */
export const SIGNS_OF_ENDINGS = [
  ["✗", "returned an error or panicked, and so did all its callers"], [HANDLED, "returned an error or panicked, and a caller went on"],
  ["⊘", "cancelled: dropped before it finished"], ["◌", "not ended"],
];
