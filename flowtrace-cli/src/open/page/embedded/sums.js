// Functions by what they took: as a table, and as a tree of who called whom.
import { failed, lasted, ownTime } from "./store.js";
import { selected } from "./select.js";
import { THINNED } from "../flags.js";

const LEAST = 0.001;
// what is deeper counts as a part of what is there
const DEEPEST_PLACE = 1000;

export function tableAnswer(all, parts) {
  const test = selected(all, parts);
  const groups = new Map();
  for (const call of all.order) {
    if (!test(call)) continue;
    const fn = all.fn[call];
    if (!groups.has(fn)) groups.set(fn, { fn, calls: 0, total: 0, self: 0, busy: 0, wait: 0, errors: 0, thinned: 0, times: [] });
    const group = groups.get(fn);
    const time = lasted(all, call);
    group.calls++;
    group.total += time;
    group.self += ownTime(all, call);
    group.busy += all.busy[call] ?? time;
    group.wait += time - (all.busy[call] ?? time);
    group.errors += failed(all, call) ? 1 : 0;
    group.times.push(time);
  }
  const rows = [...groups.values()].map(({ times, ...group }) => {
    times.sort((a, b) => a - b);
    return { ...group, p50: quantileOf(times, 50), p99: quantileOf(times, 99), max: times.at(-1) };
  });
  for (const { parent, fn, count } of all.counts) {
    const row = test(parent) && rows.find((row) => row.fn === fn);
    if (row) row.thinned += count;
  }
  return { rows: rows.sort((a, b) => b.self - a.self) };
}

export function flameAnswer(all, { by = "self", ...parts }) {
  const test = selected(all, parts);
  const top = { fn: -1, depth: 0, total: 0, self: 0, calls: 0, flags: 0, children: new Map() };
  const places = new Map();
  for (const call of all.order) {
    const above = places.get(all.parent[call]);
    // what a selected call called is shown with it
    if (!above && !test(call)) continue;
    const place = childOf(above ?? top, all.fn[call]);
    const own = ownTime(all, call);
    place.self += by === "busy" ? Math.min(own, all.busy[call] ?? own) : own;
    place.calls++;
    place.flags |= all.flags[call] & ~THINNED;
    places.set(call, place);
  }
  sumUp(top);
  return { by, ...withoutSmall(top, top.total * LEAST) };
}

/** `Type::name`, or `module::name` with the module's last part. */
export function shortOf({ module, type, name }) {
  return `${type ?? module.split("::").pop()}::${name}`;
}

function childOf(place, fn) {
  if (place.depth >= DEEPEST_PLACE) return place;
  if (!place.children.has(fn)) place.children.set(fn, { fn, depth: place.depth + 1, total: 0, self: 0, calls: 0, flags: 0, children: new Map() });
  return place.children.get(fn);
}

function sumUp(place) {
  place.total = place.self;
  for (const child of place.children.values()) place.total += sumUp(child);
  return place.total;
}

function withoutSmall({ children, ...place }, least) {
  const all = [...children.values()].sort((a, b) => b.total - a.total);
  const kept = all.filter((child) => child.total >= least).map((child) => withoutSmall(child, least));
  const small = all.filter((child) => child.total < least);
  if (small.length > 0) {
    const sum = (name) => small.reduce((sum, child) => sum + child[name], 0);
    kept.push({ fn: -2, total: sum("total"), self: sum("total"), calls: sum("calls"), flags: 0, children: [] });
  }
  return { ...place, children: kept };
}

/** The smallest that `percent` of the sorted ones do not exceed. */
export function quantileOf(sorted, percent) {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}
