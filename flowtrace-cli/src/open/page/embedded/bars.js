// The bars of a stretch of time, joined where they are narrower than a pixel.
import { lasted } from "./store.js";
import { selected } from "./select.js";

let rowsOfTracks = null;

export function timelineAnswer(all, { from = null, to = null, width = 1000, ...parts }) {
  const test = selected(all, parts);
  const first = from ?? 0;
  const last = to ?? all.info.end;
  const pixel = (last - first) / width;
  const tracks = [];
  for (const [track, rows] of sortedRows(all)) {
    const drawn = [];
    for (const [depth, calls] of rows) {
      const bars = { depth, start: [], end: [], fn: [], call: [], count: [], flags: [], busy: [] };
      for (const call of calls) {
        if (all.end[call] < first || all.start[call] > last || !test(call)) continue;
        addBar(all, bars, call, pixel);
      }
      if (bars.call.length > 0) drawn.push(bars);
    }
    if (drawn.length > 0) tracks.push({ track, rows: drawn });
  }
  return { tracks };
}

function addBar(all, bars, call, pixel) {
  const last = bars.call.length - 1;
  const isNarrow = lasted(all, call) < pixel;
  if (last >= 0 && isNarrow && bars.end[last] - bars.start[last] < pixel && all.end[call] - bars.start[last] < 2 * pixel) {
    if (lasted(all, call) > lasted(all, bars.call[last])) [bars.call[last], bars.fn[last]] = [call, all.fn[call]];
    bars.end[last] = Math.max(bars.end[last], all.end[call]);
    bars.count[last]++;
    bars.flags[last] |= all.flags[call];
    bars.busy[last] += all.busy[call] ?? lasted(all, call);
    return;
  }
  const bar = {
    start: all.start[call], end: all.end[call], fn: all.fn[call], call, count: 1, flags: all.flags[call], busy: all.busy[call] ?? lasted(all, call),
  };
  for (const [name, value] of Object.entries(bar)) bars[name].push(value);
}

// tracks in order, in each the rows by depth, in each the calls by start
function sortedRows(all) {
  if (rowsOfTracks) return rowsOfTracks;
  const tracks = new Map();
  for (const call of all.order) {
    const track = all.track[call];
    if (track == null) continue;
    if (!tracks.has(track)) tracks.set(track, new Map());
    const rows = tracks.get(track);
    if (!rows.has(all.depth[call])) rows.set(all.depth[call], []);
    rows.get(all.depth[call]).push(call);
  }
  const inOrder = (map) => [...map].sort(([a], [b]) => a - b);
  rowsOfTracks = inOrder(tracks).map(([track, rows]) => [track, inOrder(rows)]);
  return rowsOfTracks;
}
