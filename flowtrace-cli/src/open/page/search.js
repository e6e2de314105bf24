// The search box: finds while one types; Enter makes it the filter of all views.
import { hitsOf } from "./ask.js";
import { el, fill, later } from "./dom.js";
import { ending } from "./flags.js";
import { EXAMPLES } from "./help.js";
import { asFilter, go, onChange, selection, state } from "./state.js";
import { briefArguments, count, counted, duration } from "./text.js";
import { shortName } from "./trace.js";

const HITS = 12;
let box, found;
let searches = 0;
let marked = -1;

export function startSearch() {
  found = el("div", { class: "found", id: "found", role: "listbox", "aria-label": "Found", hidden: true });
  box = el("input", {
    type: "search", placeholder: "Search: a word, arg.product_id=7, slower>5ms, error …  (key /)", spellcheck: "false", autocomplete: "off",
    role: "combobox", "aria-label": "Search and filter", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
    oninput: later(120, lookUp), onfocus: lookUp, onkeydown: typed, onblur: later(150, closeFound),
  });
  document.getElementById("search").append(box, found);
  box.value = state().w ?? "";
  onChange((names) => {
    if (names.has("w")) box.value = state().w ?? "";
  });
}

async function lookUp() {
  const text = box.value.trim();
  const turn = ++searches;
  if (!text) return showFound(null, exampleFilters());
  try {
    await hitsOf("search", { ...selection(), w: asFilter(text) }, HITS, (found) => {
      if (turn === searches) showFound(null, el("div", { class: "told" }, toldOf(found)), found.hits.map(hitOption));
      return turn === searches;
    });
  } catch (error) {
    if (turn !== searches) return;
    const mark = error.column ? [el("pre", {}, `${asFilter(text)}\n${" ".repeat(error.column - 1)}^`)] : [];
    showFound(error.message, mark, el("div", { class: "told bad", role: "alert" }, error.message));
  }
}

function toldOf({ hits, cursor, scanned, total }) {
  if (cursor != null && hits.length < HITS) return `Searched ${count(scanned)} of ${count(total)} calls …`;
  if (hits.length === 0) return "No call matches.";
  return `${cursor == null ? counted(hits.length, "call") : `The first ${hits.length} calls`} · Enter shows them in every view`;
}

function exampleFilters() {
  const example = ([filter, what]) =>
    el("button", { type: "button", title: what, onmousedown: (event) => event.preventDefault(), onclick: () => tryOut(filter) }, el("code", {}, filter));
  return [el("div", { class: "told" }, "Type a word, or a filter such as"), el("div", { class: "examples" }, EXAMPLES.map(example))];
}

function tryOut(filter) {
  box.value = filter;
  box.focus();
  lookUp();
}

function hitOption(row, at) {
  const { sign, word } = ending(row.flags);
  return el("div", { role: "option", id: `hit-${at}`, "aria-selected": "false", onmousedown: (event) => event.preventDefault(), onclick: () => chooseHit(row.call), "data-call": row.call },
    el("span", { class: "bad", title: word }, sign),
    el("span", {}, shortName(row.fn), el("span", { class: "muted" }, `(${briefArguments(row.args, 90)})`)),
    el("span", { class: "muted number" }, duration(row.duration)));
}

function showFound(error, ...children) {
  if (document.activeElement !== box) return;
  marked = -1;
  fill(found, ...children);
  found.hidden = false;
  box.setAttribute("aria-expanded", "true");
  box.setAttribute("aria-invalid", String(error !== null));
  box.removeAttribute("aria-activedescendant");
}

function closeFound() {
  searches++;
  found.hidden = true;
  box.setAttribute("aria-expanded", "false");
}

function typed(event) {
  const options = [...found.querySelectorAll("[role=option]")];
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (options.length > 0) markHit(options, (marked + (event.key === "ArrowDown" ? 1 : options.length)) % options.length);
  } else if (event.key === "Enter") {
    if (marked >= 0 && options[marked]) chooseHit(Number(options[marked].dataset.call));
    else applyFilter();
  } else if (event.key === "Escape") {
    closeFound();
    box.blur();
  }
}

function markHit(options, at) {
  marked = at;
  options.forEach((each, i) => each.setAttribute("aria-selected", String(i === at)));
  options[at].scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", options[at].id);
}

function chooseHit(call) {
  go({ call });
  closeFound();
}

function applyFilter() {
  if (box.getAttribute("aria-invalid") === "true") return;
  const w = box.value.trim() || null;
  // the start has no list of calls to filter
  go({ w, view: w && state().view === "start" ? "tree" : state().view });
  closeFound();
  box.blur();
}
