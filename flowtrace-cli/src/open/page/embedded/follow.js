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
    seek(all.values.error?.[call] ?? undefined, "error", sought, places);
    if (places.length > 0) found.push({ call, places });
  }
  const from = Number(cursor ?? 0);
  const hits = found.slice(from, from + limit).map(({ call, places }) => rowOf(all, call, { where: places }));
  return { hits, cursor: from + limit < found.length ? from + limit : null, scanned: all.size, total: all.size };
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
  if (isSought(value, sought)) {
    if (places.at(-1) !== place) places.push(place);
  } else if (Array.isArray(value)) {
    for (const item of value) seek(item, place, sought, places);
  } else if (value && typeof value === "object") {
    for (const [name, inner] of Object.entries(value)) seek(inner, `${place}.${name}`, sought, places);
  }
}

// a text holds it as a word, since `Debug` may have written it there
function isSought(value, sought) {
  if (typeof sought === "object") return JSON.stringify(value) === JSON.stringify(sought);
  if (value === sought) return true;
  return typeof value === "string" && String(sought) !== "" && hasWord(value, String(sought));
}

function hasWord(text, word) {
  const isPart = (letter) => letter !== undefined && /[\p{L}\p{N}_]/u.test(letter);
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + word.length])) return true;
  }
  return false;
}
