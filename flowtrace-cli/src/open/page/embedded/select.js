// Which calls are selected: by filter, time, tree and run.
import { passes } from "./match.js";
import { parseFilter } from "./parse.js";

let lastSelection = { key: null, test: null };

/** A test of calls for the parts of a question, kept while the same is asked. */
export function selected(all, { w, from, to, root, run }) {
  const key = JSON.stringify([w, from, to, root, run]);
  if (lastSelection.key === key) return lastSelection.test;
  const filter = w ? parseFilter(w) : null;
  const known = new Map();
  const isBelow = (call) => {
    for (let at = call; at != null && at >= 0; at = all.parent[at]) if (at === root) return true;
    return false;
  };
  const span = run && run !== "all" ? all.info.runs.find((each) => each.run === Number(run)) : null;
  const test = (call) => {
    if (from != null && all.end[call] < from) return false;
    if (to != null && all.start[call] >= to) return false;
    if (span && (all.start[call] < span.start || all.start[call] > span.end)) return false;
    if (root != null && !isBelow(call)) return false;
    if (!filter) return true;
    if (!known.has(call)) known.set(call, passes(all, filter, call));
    return known.get(call);
  };
  lastSelection = { key, test };
  return test;
}

/** The calls that are selected, or above one that is. */
export function leading(all, parts) {
  const test = selected(all, parts);
  const found = new Set();
  for (const call of all.order) {
    if (!test(call)) continue;
    for (let at = call; at != null && at >= 0 && !found.has(at); at = all.parent[at]) found.add(at);
  }
  return found;
}
