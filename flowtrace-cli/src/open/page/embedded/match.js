// Whether a call passes a filter (docs/FILTER.md).
import { CANCELLED, ERROR, OPEN, PANIC } from "../flags.js";
import { failed, isOpen, lasted, valueOf } from "./store.js";

const MISSING = Symbol("missing");

/** Whether `call` passes. */
export function passes(all, filter, call) {
  if (filter.any) return filter.any.some((part) => passes(all, part, call));
  if (filter.all) return filter.all.every((part) => passes(all, part, call));
  if (filter.not) return !passes(all, filter.not, call);
  return TESTS[filter.field](all, filter, call);
}

const TESTS = {
  function: (all, { sign, value }, call) => {
    const path = wholePath(all.info.functions[all.fn[call]]);
    return sign === "~" ? path.includes(value) : (`::${path}`.endsWith(`::${value}`)) === (sign === "=");
  },
  module: (all, { sign, value }, call) => {
    const { module } = all.info.functions[all.fn[call]];
    return sign === "~" ? module.includes(value) : (module === value || module.startsWith(`${value}::`)) === (sign === "=");
  },
  thread: (all, { sign, value }, call) => sameName(all.info.tracks[all.track[call]]?.name ?? "", sign, value),
  source: (all, { sign, value }, call) => {
    const file = (all.info.functions[all.fn[call]].source ?? "").replace(/:\d+$/, "");
    return sign === "~" ? file.includes(value) : (`/${file}`.endsWith(`/${value}`)) === (sign === "=");
  },
  trace: (all, { sign, value }, call) => (all.traceId[call] ?? "").startsWith(value) === (sign !== "!="),
  arg: (all, { path, sign, value }, call) => {
    const args = valueOf(all, "args", call);
    if (args === undefined || args === null) return false;
    if (path.length > 0) return comparesTo(leadOn(args, path), sign, value);
    return Object.values(args).some((arg) => comparesTo(arg, sign, value));
  },
  result: (all, { path, sign, value }, call) => {
    const result = valueOf(all, "result", call);
    return result !== undefined && comparesTo(leadInto(result, path), sign, value);
  },
  error: (all, filter, call) => failed(all, call) && hasMessage(all, filter, call),
  panic: (all, filter, call) => (all.flags[call] & PANIC) !== 0 && hasMessage(all, filter, call),
  cancelled: (all, _, call) => (all.flags[call] & CANCELLED) !== 0,
  open: (all, _, call) => (all.flags[call] & OPEN) !== 0,
  slower: (all, { nanos }, call) => isOpen(all, call) || lasted(all, call) >= nanos,
  faster: (all, { nanos }, call) => !isOpen(all, call) && lasted(all, call) < nanos,
};

function wholePath({ module, type, name }) {
  return [module, type, name].filter(Boolean).join("::");
}

function sameName(own, sign, value) {
  if (sign === "~") return own.includes(value);
  return (own === value) === (sign === "=");
}

function hasMessage(all, { sign, value }, call) {
  if (!sign) return true;
  const text = (all.flags[call] & ERROR ? JSON.stringify(valueOf(all, "result", call)) : null) ?? all.values.error?.[call] ?? "";
  return sign === "~" ? text.includes(value) : comparesTo(text, sign, value);
}

// the name of an `Ok` or `Err` may be left out
function leadInto(value, path) {
  const found = leadOn(value, path);
  if (found !== MISSING || value === null || typeof value !== "object") return found;
  const inner = value.Ok ?? value.Err;
  return inner === undefined ? MISSING : leadOn(inner, path);
}

function leadOn(value, path) {
  for (const name of path) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, name)) return MISSING;
    value = value[name];
  }
  return value;
}

function comparesTo(own, sign, value) {
  if (own === MISSING) return false;
  if (!sign) return true;
  const text = typeof own === "string" ? own : JSON.stringify(own);
  if (sign === "~") return text.includes(value);
  const number = typeof own === "number" ? own : NaN;
  const equal = text === value || number === Number(value) || (own === null && value === "None");
  if (sign === "=") return equal;
  if (sign === "!=") return !equal;
  return { "<": number < value, "<=": number <= value, ">": number > value, ">=": number >= value }[sign];
}
