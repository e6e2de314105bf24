// Follows a value: the calls that received or returned it.
import { rowOf, valueOf } from "./store.js";
import { selected } from "./select.js";

export function valueAnswer(all, { v, cursor, limit = 100, ...parts }) {
  const test = selected(all, parts);
  const sought = jsonOr(v);
  const found = [];
  for (const call of all.order) {
    if (!test(call)) continue;
    const places = [];
    seek(valueOf(all, "args", call), "arg", sought, places);
    seek(valueOf(all, "result", call), "result", sought, places);
    if (places.length > 0) found.push({ call, places });
  }
  const from = Number(cursor ?? 0);
  const hits = found.slice(from, from + limit).map(({ call, places }) => rowOf(all, call, { where: places }));
  return { hits, cursor: from + limit < found.length ? String(from + limit) : null, scanned: all.size, total: found.length };
}

// JSON, or a text that stands for itself
function jsonOr(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function seek(value, place, sought, places) {
  if (value === undefined || places.length >= 8) return;
  if (value === sought || (typeof sought === "object" && sought && JSON.stringify(value) === JSON.stringify(sought))) places.push(place);
  else if (value && typeof value === "object") for (const [name, inner] of Object.entries(value)) seek(inner, `${place}.${name}`, sought, places);
}
