// The requests: calls without a caller, their histogram and their endpoints.
import { quantileOf, shortOf } from "./sums.js";
import { failed, lasted, rowOf, valueOf } from "./store.js";
import { leading, selected } from "./select.js";

const BUCKETS = 40;

export function rootsAnswer(all, { sort = "time", desc, offset = 0, limit = 100, endpoint, ...parts }) {
  const found = leading(all, parts);
  const test = selected(all, parts);
  let roots = all.roots.filter((call) => found.has(call));
  if (endpoint) roots = roots.filter((call) => endpointOf(all, call) === endpoint);
  const histogram = histogramOf(roots.map((call) => lasted(all, call)));
  const endpoints = endpointsOf(all, roots);
  const keys = { time: (call) => all.start[call], duration: (call) => lasted(all, call), name: (call) => endpointOf(all, call) };
  const key = keys[sort] ?? keys.time;
  roots = roots.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  if (desc) roots.reverse();
  const row = (call) => rowOf(all, call, { endpoint: endpointOf(all, call), failed: all.failures[call], ...(parts.w ? { hit: test(call) } : {}) });
  return { total: roots.length, rows: roots.slice(offset, offset + limit).map(row), histogram, endpoints };
}

/** The words among the arguments, with numbers taken out; else the function. */
export function endpointOf(all, call) {
  if (all.endpoint) return all.endpoint[call] ?? shortOf(all.info.functions[all.fn[call]]);
  const words = Object.values(valueOf(all, "args", call) ?? {})
    .filter((value) => typeof value === "string" && value.length <= 80)
    .map((text) => text.split(/[?#]/)[0])
    .filter((text) => /^[\w\-./:*{}]+$/.test(text))
    .map((text) => text.split("/").map((part) => (/\d/.test(part) && !/^v\d{1,2}$/.test(part) ? "{}" : part)).join("/"));
  return words.join(" ") || shortOf(all.info.functions[all.fn[call]]);
}

function endpointsOf(all, roots) {
  const groups = new Map();
  for (const call of roots) {
    const name = endpointOf(all, call);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(call);
  }
  const endpoint = ([name, of]) => {
    const times = of.map((call) => lasted(all, call)).sort((a, b) => a - b);
    return { name, count: of.length, p50: quantileOf(times, 50), p99: quantileOf(times, 99), errors: of.filter((call) => failed(all, call)).length, failing: of.filter((call) => all.failures[call] > 0).length };
  };
  return [...groups].map(endpoint).sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

// buckets whose ends grow by the same factor each
function histogramOf(times) {
  if (times.length === 0) return [];
  const min = Math.min(...times);
  const max = Math.max(...times);
  const low = Math.log(Math.max(min, 1));
  const step = (Math.log(Math.max(max, 1)) - low) / BUCKETS;
  const size = step > 0 ? BUCKETS : 1;
  const edge = (i) => (i === 0 ? min : Math.round(Math.exp(low + step * i)));
  const buckets = Array.from({ length: size }, (_, i) => ({ from: edge(i), to: edge(i + 1), count: 0 }));
  for (const time of times) {
    const place = step > 0 ? Math.floor((Math.log(Math.max(time, 1)) - low) / step) : 0;
    buckets[Math.min(place, size - 1)].count++;
  }
  return buckets;
}
