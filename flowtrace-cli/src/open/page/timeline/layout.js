// Where tracks and rows stand in the timeline, from top to bottom.
import { BAR } from "./bars.js";

export const NAMES = 140;
export const RULER = 26;
const TRACK_GAP = 10;

/** The rows with their `y`, and the height of all. */
export function layOut({ tracks }) {
  const rows = [];
  const heads = [];
  let y = RULER + 6;
  for (const { track, rows: bars } of tracks) {
    heads.push({ track, y });
    for (const row of bars) rows.push({ track, y: y + row.depth * (BAR + 1), bars: row });
    const deepest = bars.reduce((deepest, { depth }) => Math.max(deepest, depth), 0);
    y += (deepest + 1) * (BAR + 1) + TRACK_GAP;
  }
  return { rows, heads, height: y + 20 };
}

/** The bar at a place, as `{ row, at }`. */
export function barAt({ rows }, scale, x, y) {
  const row = rows.find((row) => y >= row.y && y < row.y + BAR);
  if (!row || x < NAMES) return null;
  const { start, end } = row.bars;
  const slack = scale.nanosOf(2);
  const time = scale.time(x);
  let best = null;
  // the bars of a row are in order; the last one that begins before is the one, or a narrow one beside it
  let [low, high] = [0, start.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (start[middle] <= time + slack) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= Math.max(0, low - 3); at--) {
    if (end[at] >= time - slack && (best === null || start[at] <= time)) {
      best = at;
      if (start[at] <= time) break;
    }
  }
  return best === null ? null : { row, at: best };
}
