// Two trees of calls side by side: calls of one function stand in one row where their order allows.
import { lasted, rowOf, valueOf } from "./store.js";

const MOST_ROWS = 20000;
const DEEPEST_PAIR = 1000;
const MOST_CELLS = 250000;

export function compareAnswer(all, { a, b }) {
  const rows = [];
  pairUp(all, a, b, 0, rows);
  return { rows, first: rows.findIndex((row) => !row.same) };
}

function pairUp(all, a, b, depth, rows) {
  if (rows.length >= MOST_ROWS || depth > DEEPEST_PAIR) return;
  const differs = a !== null && b !== null ? difference(all, a, b) : null;
  const isBoth = a !== null && b !== null;
  rows.push({
    a: a === null ? null : rowOf(all, a), b: b === null ? null : rowOf(all, b), depth,
    same: isBoth && differs === null && all.fn[a] === all.fn[b], differs,
    ratio: isBoth ? lasted(all, b) / Math.max(1, lasted(all, a)) : null,
  });
  const left = a === null ? [] : all.children[a];
  const right = b === null ? [] : all.children[b];
  for (const [one, other] of aligned(left, right, (x, y) => all.fn[x] === all.fn[y])) pairUp(all, one, other, depth + 1, rows);
}

function difference(all, a, b) {
  const isSame = (kind) => JSON.stringify(valueOf(all, kind, a)) === JSON.stringify(valueOf(all, kind, b));
  if (!isSame("args")) return "args";
  return isSame("result") ? null : "result";
}

// the longest common subsequence; where that is too much to ask, what stands at the same place
function aligned(left, right, isSame) {
  const [n, m] = [left.length, right.length];
  const pairs = [];
  if (n * m > MOST_CELLS) {
    for (let i = 0; i < Math.max(n, m); i++) {
      if (i < n && i < m && isSame(left[i], right[i])) pairs.push([left[i], right[i]]);
      else pairs.push(...(i < n ? [[left[i], null]] : []), ...(i < m ? [[null, right[i]]] : []));
    }
    return pairs;
  }
  const longest = Array.from({ length: n + 1 }, () => new Uint32Array(m + 1));
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      longest[i][j] = isSame(left[i], right[j]) ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  let [i, j] = [0, 0];
  while (i < n || j < m) {
    if (i < n && j < m && isSame(left[i], right[j])) pairs.push([left[i++], right[j++]]);
    else if (j >= m || (i < n && longest[i + 1][j] >= longest[i][j + 1])) pairs.push([left[i++], null]);
    else pairs.push([null, right[j++]]);
  }
  return pairs;
}
