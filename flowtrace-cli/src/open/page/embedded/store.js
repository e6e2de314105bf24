// The trace that a saved page carries: its columns, and what can be told of them by looking once.
import { ERROR, OPEN, PANIC } from "../flags.js";

let store = null;

export function hasEmbedded() {
  return document.getElementById("trace") !== null;
}

/** The calls. Built when it is first asked for. */
export function calls() {
  return (store ??= readStore(JSON.parse(document.getElementById("trace").textContent)));
}

function readStore({ info, calls: columns, values, sources = {}, counts = [], cut }) {
  const size = columns.start.length;
  const children = Array.from({ length: size }, () => []);
  const order = Array.from({ length: size }, (_, call) => call).sort((a, b) => columns.start[a] - columns.start[b] || a - b);
  const root = new Array(size);
  const below = new Array(size).fill(1);
  const failures = columns.flags.map((flags) => (flags & (ERROR | PANIC) ? 1 : 0));
  const roots = [];
  for (const call of order) {
    const parent = columns.parent[call];
    if (parent == null || parent < 0) roots.push(call);
    else children[parent].push(call);
    root[call] = parent == null || parent < 0 ? call : root[parent] ?? parent;
  }
  for (let i = size - 1; i >= 0; i--) {
    const parent = columns.parent[order[i]];
    if (parent == null || parent < 0) continue;
    below[parent] += below[order[i]];
    failures[parent] += failures[order[i]];
  }
  return { ...columns, info, values, sources, counts, cut, size, children, order, root, below, failures, roots };
}

export function parentOf(all, call) {
  const parent = all.parent[call];
  return parent == null || parent < 0 ? null : parent;
}

export function lasted(all, call) {
  return all.end[call] - all.start[call];
}

/** The time in which none of its callees ran. */
export function ownTime(all, call) {
  if (all.self) return all.self[call];
  let own = 0;
  let until = all.start[call];
  for (const child of all.children[call]) {
    own += Math.max(0, all.start[child] - until);
    until = Math.max(until, all.end[child]);
  }
  return own + Math.max(0, all.end[call] - until);
}

export function failed(all, call) {
  return (all.flags[call] & (ERROR | PANIC)) !== 0;
}

export function isOpen(all, call) {
  return (all.flags[call] & OPEN) !== 0;
}

/** Arguments or result. */
export function valueOf(all, kind, call) {
  return all.values[kind]?.[call];
}

/** A call as a row of a list. */
export function rowOf(all, call, more = {}) {
  const { start, busy, fn, track, flags, below, root } = all;
  return {
    call, start: start[call], duration: lasted(all, call), busy: busy[call] ?? null, fn: fn[call], track: track[call],
    flags: flags[call], calls: below[call], parent: parentOf(all, call), root: root[call],
    args: valueOf(all, "args", call), result: valueOf(all, "result", call), error: all.values.error?.[call] ?? null, ...more,
  };
}

/** The calls above it, the root first. */
export function pathTo(all, call) {
  const path = [];
  for (let at = call; at !== null; at = parentOf(all, at)) path.unshift(at);
  return path;
}
