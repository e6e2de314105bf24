// Reads the filter language, for pages that have no server to read it (docs/FILTER.md).

const FIELDS = {
  function: "name", module: "name", thread: "name", source: "name", trace: "name", arg: "value", result: "value",
  error: "end", panic: "end", cancelled: "end", open: "end", slower: "time", faster: "time",
};
const SIGNS = ["!=", "<=", ">=", "=", "~", "<", ">"];
const NANOS = { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9 };

/** A tree of `{ any }`, `{ all }`, `{ not }` and tests. Throws `{ error, column }`, the column counted from 1. */
export function parseFilter(text) {
  const reader = { text, at: 0 };
  const filter = anyOf(reader);
  skipBlanks(reader);
  if (reader.at < text.length) refuseAt(reader, `expected \`&\` or \`|\`, found \`${text[reader.at]}\``);
  return filter;
}

function anyOf(reader) {
  const parts = [allOf(reader)];
  while (takeJoin(reader, "|")) parts.push(allOf(reader));
  return parts.length === 1 ? parts[0] : { any: parts };
}

function allOf(reader) {
  const parts = [oneOf(reader)];
  while (takeJoin(reader, "&")) parts.push(oneOf(reader));
  return parts.length === 1 ? parts[0] : { all: parts };
}

function oneOf(reader) {
  if (takeSign(reader, "!")) return { not: oneOf(reader) };
  if (takeSign(reader, "(")) {
    const inner = anyOf(reader);
    if (!takeSign(reader, ")")) refuseAt(reader, "expected `)`");
    return inner;
  }
  return testIn(reader);
}

function testIn(reader) {
  skipBlanks(reader);
  const column = reader.at;
  const word = /^[\w.]+/.exec(reader.text.slice(reader.at))?.[0] ?? "";
  const [field, ...path] = word.split(".");
  const kind = Object.hasOwn(FIELDS, field) ? FIELDS[field] : null;
  if (!kind) {
    const names = Object.keys(FIELDS).join("`, `");
    refuseAt(reader, word ? `there is no \`${field}\`; expected one of \`${names}\`` : "expected a test, such as `error`", column);
  }
  reader.at += word.length;
  skipBlanks(reader);
  const sign = SIGNS.find((sign) => reader.text.startsWith(sign, reader.at)) ?? null;
  if (!sign) {
    if (kind === "name" || kind === "time") refuseAt(reader, `expected a sign after \`${field}\`, such as \`${field}${kind === "time" ? ">" : "="}…\``);
    return { field, path, sign, column };
  }
  reader.at += sign.length;
  const value = valueIn(reader);
  return kind === "time" ? { field, path, sign, nanos: nanosIn(reader, value), column } : { field, path, sign, value, column };
}

function valueIn(reader) {
  skipBlanks(reader);
  if (reader.text[reader.at] === '"') {
    const quoted = /^"((?:[^"\\]|\\.)*)"/s.exec(reader.text.slice(reader.at));
    if (!quoted) refuseAt(reader, "the quote is not closed");
    reader.at += quoted[0].length;
    return quoted[1].replace(/\\(.)/gs, "$1");
  }
  const word = /^[^\s&|()"]+/.exec(reader.text.slice(reader.at))?.[0];
  if (!word) refuseAt(reader, "expected a value");
  reader.at += word.length;
  return word;
}

function nanosIn(reader, text) {
  const [, number, unit] = /^([\d.]+)(ns|us|µs|ms|s)$/.exec(text) ?? [];
  if (!unit) refuseAt(reader, `expected a time such as \`5ms\`, found \`${text}\``, reader.at - text.length);
  return Number(number) * NANOS[unit];
}

function takeJoin(reader, sign) {
  return takeSign(reader, sign + sign) || takeSign(reader, sign);
}

function takeSign(reader, sign) {
  skipBlanks(reader);
  if (!reader.text.startsWith(sign, reader.at)) return false;
  reader.at += sign.length;
  return true;
}

function skipBlanks(reader) {
  while (/\s/.test(reader.text[reader.at] ?? "")) reader.at++;
}

function refuseAt(reader, error, at = reader.at) {
  throw { refused: true, error, column: at + 1 };
}
