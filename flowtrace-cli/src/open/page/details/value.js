// A value as a tree that folds. Texts are shown as they are; Debug texts are split into lines.
import { button, el } from "../dom.js";
import { go } from "../state.js";
import { brief, count, counted } from "../text.js";

const OPEN_DEPTH = 3;
const OPEN_ITEMS = 20;
const MOST_ITEMS = 200;
const LONG_TEXT = 400;

/** The tree. The names of an outermost struct stand at the margin. */
export function valueTree(value) {
  const isStruct = value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0;
  return el("div", { class: "value" }, isStruct ? Object.entries(value).map(([name, item]) => branch(name, item, 0)) : branch(null, value, 0));
}

function branch(name, value, depth) {
  const label = name == null ? [] : [el("span", { class: "name" }, `${name}: `)];
  if (value === null || typeof value !== "object") return leaf(label, value);
  const isList = Array.isArray(value);
  const size = isList ? value.length : Object.keys(value).length;
  if (size === 0) return leaf(label, value);
  const list = el("ul");
  const fold = el("details", { open: depth < OPEN_DEPTH && size <= OPEN_ITEMS },
    el("summary", {}, label, el("span", { class: "inside" }, brief(value, 70)), el("span", { class: "muted" }, isList ? ` ${counted(size, "item")}` : ""), follower(value)), list);
  // what nobody looks at is not built
  const build = () => list.childElementCount === 0 && addItems(list, value, depth, 0);
  if (fold.open) build();
  fold.addEventListener("toggle", () => fold.open && build());
  return fold;
}

function addItems(list, value, depth, from) {
  const items = Object.entries(value);
  list.append(...items.slice(from, from + MOST_ITEMS).map(([name, item]) => el("li", {}, branch(name, item, depth + 1))));
  const left = items.length - from - MOST_ITEMS;
  if (left <= 0) return;
  const more = el("li", {}, el("button", { type: "button", class: "link", onclick: () => {
    more.remove();
    addItems(list, value, depth, from + MOST_ITEMS);
  } }, `${count(left)} more`));
  list.append(more);
}

function leaf(label, value) {
  const isText = typeof value === "string";
  const text = isText ? debugLines(value) : JSON.stringify(value);
  const shown = el("span", { class: "text" }, isText ? `"${text}"` : text);
  const row = el("div", { class: "leaf" }, label, shown, follower(value));
  if (text.length > LONG_TEXT) {
    const cut = `${isText ? '"' : ""}${text.slice(0, LONG_TEXT)}`;
    shown.textContent = `${cut}…`;
    row.append(" ", el("button", { type: "button", class: "link", onclick: (event) => {
      shown.textContent = isText ? `"${text}"` : text;
      event.target.remove();
    } }, `all ${count(text.length)} characters`));
  }
  return row;
}

function follower(value) {
  const isDull = value === null || value === true || value === false || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
  if (isDull) return null;
  const v = JSON.stringify(value);
  return button("follow", `Follow this value: every call that received or returned ${brief(value, 40)}`, (event) => {
    event.preventDefault();
    go({ v, view: "value" });
  }, { class: "follow" });
}

// `Hold { number: 0, sure: true }` with a line for each field, if it is long
function debugLines(text) {
  if (text.length < 80 || !/^\w[\w:<>]* [{(]/.test(text)) return text;
  let depth = 0;
  return text.replace(/[{[(] ?|, | ?[}\])]/g, (sign) => {
    const bracket = sign.trim();
    if ("{[(".includes(bracket)) return `${bracket}\n${"  ".repeat(++depth)}`;
    if (bracket === ",") return `,\n${"  ".repeat(depth)}`;
    depth = Math.max(0, depth - 1);
    return `\n${"  ".repeat(depth)}${bracket}`;
  });
}
