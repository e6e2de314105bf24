// What is shown and selected: one state for all views, kept in the URL so that a view can be shared.
import { lastRun } from "./trace.js";

const START = {
  view: "start", w: null, from: null, to: null, root: null, run: null, endpoint: null,
  call: null, a: null, b: null, v: null, sort: null, desc: null, by: null, zoom: null,
};
const NUMBERS = new Set(["from", "to", "root", "call", "a", "b"]);
// these are kept in the URL but are no step to go back to
const QUIET = new Set(["zoom", "sort", "desc", "by"]);

let now = { ...START };
const listeners = [];

/** The state. Change it by `go`. */
export function state() {
  return now;
}

/** Changes the state, and the URL with it; tells the listeners which names changed. */
export function go(change) {
  const names = Object.keys(change).filter((name) => now[name] !== change[name]);
  if (names.length === 0) return;
  now = { ...now, ...change };
  const url = `#${asHash(now)}`;
  if (names.every((name) => QUIET.has(name))) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  tell(new Set(names));
}

/** Calls `listener(changed)` with the set of names that changed. */
export function onChange(listener) {
  listeners.push(listener);
}

/** Reads the URL, at first and when the user goes back. */
export function readUrl() {
  const given = new URLSearchParams(location.hash.slice(1));
  const next = { ...START };
  for (const name of Object.keys(START)) {
    const text = given.get(name);
    if (text == null || text === "") continue;
    next[name] = NUMBERS.has(name) ? Number(text) : text;
    if (Number.isNaN(next[name])) next[name] = null;
  }
  const changed = Object.keys(START).filter((name) => now[name] !== next[name]);
  now = next;
  if (changed.length > 0) tell(new Set(changed));
}

/** The selection that all views share, as questions carry it. */
export function selection() {
  const { w, from, to, root } = now;
  return { w: asFilter(w), from, to, root, run: chosenRun() };
}

/** The run that is shown: the last one, unless another is asked for, or all. */
export function chosenRun() {
  return now.run ?? lastRun();
}

/** Plain words become a filter; what looks like one is left alone. */
export function asFilter(text) {
  if (!text) return null;
  const isFilter = /[=~<>!&|()"]/.test(text) || /^(error|panic|cancelled|open|arg|result)\b/.test(text.trim());
  if (isFilter) return text;
  const word = JSON.stringify(text.trim());
  return `function~${word} | arg~${word} | result~${word}`;
}

function tell(changed) {
  for (const listener of listeners) listener(changed);
}

function asHash(all) {
  const given = Object.entries(all).filter(([name, value]) => value != null && value !== START[name]);
  return new URLSearchParams(given).toString();
}
