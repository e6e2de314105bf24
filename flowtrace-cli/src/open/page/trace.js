// What is known of the whole trace, and the names of its functions and tracks.
import { ask, follow } from "./ask.js";

let known = null;
const waiting = [];

/** The last answer to `info`. */
export function trace() {
  return known;
}

/** The number of the last run, if there are several. */
export function lastRun() {
  return known.runs.length > 1 ? String(known.runs.at(-1).run) : null;
}

/** When a run began and ended; of all, when the trace did. */
export function spanOfRun(run) {
  return known.runs.find((each) => String(each.run) === run) ?? { start: 0, end: known.end };
}

export async function loadTrace() {
  known = await ask("info");
  return known;
}

/** Calls `listener(info)` when the trace grew. */
export function onGrowth(listener) {
  waiting.push(listener);
  if (waiting.length > 1) return;
  follow((info) => {
    known = info;
    for (const each of waiting) each(info);
  });
}

/** `Type::name`, or `module::name` with the module's last part. */
export function shortName(fn) {
  if (fn === -1) return "all";
  if (fn === -2) return "others, each below 0.1 %";
  const { module, type, name } = known.functions[fn] ?? { module: "", name: `function ${fn}` };
  return `${type ?? module.split("::").pop()}::${name}`;
}

/** The whole path. */
export function fullName(fn) {
  const { module, type, name } = known.functions[fn] ?? { module: "", name: shortName(fn) };
  return [module, type, name].filter(Boolean).join("::");
}

export function moduleOf(fn) {
  return known.functions[fn]?.module ?? "";
}

export function trackName(track) {
  return track == null ? "too deep to draw" : known.tracks[track]?.name ?? `track ${track}`;
}
