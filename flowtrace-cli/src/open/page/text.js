// Times, numbers and values as people read them.

const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

/** A time in nanoseconds with three digits: `38.6 µs`. */
export function duration(nanos) {
  if (nanos == null) return "–";
  const sign = nanos < 0 ? "−" : "";
  let value = Math.abs(nanos);
  let [size, unit] = UNITS.find(([size]) => value >= size * 0.9995) ?? UNITS[3];
  value /= size;
  const digits = unit === "ns" || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${sign}${digits === 0 ? count(Math.round(value)) : value.toFixed(digits)} ${unit}`;
}

/** A whole number with its thousands apart. */
export function count(number) {
  return number == null ? "–" : Math.round(number).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 call`, `2 calls`. */
export function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** The time of day in UTC, to the microsecond. `origin` is a string of nanoseconds, too long for a number. */
export function clock(origin, nanos) {
  const at = BigInt(origin) + BigInt(Math.round(nanos));
  const date = new Date(Number(at / 1000000n));
  const micros = String((at / 1000n) % 1000n).padStart(3, "0");
  return `${date.toISOString().slice(0, 23).replace("T", " ")}${micros}`;
}

/** A value in one line, cut to `most` characters. */
export function brief(value, most = 120) {
  if (value === undefined) return "";
  const text = typeof value === "string" ? JSON.stringify(value) : written(value, most);
  return shorten(text, most);
}

/** The arguments of a call in one line: `product_id: 1, quantity: 2`. */
export function briefArguments(args, most = 120) {
  if (args == null) return "";
  if (typeof args !== "object" || Array.isArray(args)) return brief(args, most);
  const parts = Object.entries(args).map(([name, value]) => `${name}: ${brief(value, 60)}`);
  return shorten(parts.join(", "), most);
}

/** What a failed call says of it: the message in an `Err`, or of a panic. */
export function complaint(row) {
  if (row.error) return row.error;
  let value = row.result;
  if (value && typeof value === "object" && "Err" in value) value = value.Err;
  for (const key of ["body", "error", "message", "reason"]) {
    if (value && typeof value === "object" && value[key] != null) value = value[key];
  }
  return typeof value === "string" ? shorten(value, 160) : brief(value, 160);
}

export function shorten(text, most) {
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}

// JSON with blanks, as code is written; stops where enough is there.
function written(value, most) {
  if (value === null || typeof value !== "object") return typeof value === "string" ? JSON.stringify(value) : String(value);
  const isList = Array.isArray(value);
  const wrapped = wrapping(value);
  if (wrapped) return `${wrapped}(${written(value[wrapped], most)})`;
  const parts = [];
  let length = 0;
  for (const [name, item] of Object.entries(value)) {
    if (length > most) {
      parts.push("…");
      break;
    }
    const part = isList ? written(item, most) : `${name}: ${written(item, most)}`;
    length += part.length;
    parts.push(part);
  }
  if (isList) return `[${parts.join(", ")}]`;
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

/** `Ok` or `Err`, if the value is that and nothing else. */
export function wrapping(value) {
  const names = value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
  return names.length === 1 && (names[0] === "Ok" || names[0] === "Err") ? names[0] : null;
}
