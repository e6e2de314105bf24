// The first sight: what failed, what was slow, and which requests there were.
import { ask, hitsOf } from "../ask.js";
import { el } from "../dom.js";
import { ending } from "../flags.js";
import { chosenRun, go, state } from "../state.js";
import { brief, briefArguments, complaint, count, counted, duration, shorten } from "../text.js";
import { fullName, shortName, trace } from "../trace.js";

const ERRORS_READ = 400;
const FAILURES_SHOWN = 8;
const SLOWEST = 6;
const START_ENDPOINTS = 12;

export const startView = {
  id: "start", title: "Start", about: "What failed, what was slow, and which requests there were",
  async draw(draw, isCurrent) {
    const run = chosenRun();
    const slow = await ask("roots", { sort: "duration", desc: 1, limit: SLOWEST, run });
    await hitsOf("search", { w: "error", run }, ERRORS_READ, (errors) => {
      const found = failures(errors.hits);
      draw(el("div", { class: "page" }, greeting(found), el("div", { class: "columns" }, failedCard(found, errors), slowCard(slow)), endpointsCard(slow)));
      return isCurrent();
    });
  },
  pick: markEntries,
};

function greeting(found) {
  const { calls, roots, errors, panics, open, lost, end, files, notes, functions } = trace();
  const figure = (number, what) => el("div", {}, el("b", {}, number), el("span", { class: "muted" }, what));
  const lines = [open > 0 && `${counted(open, "call")} never ended.`, lost > 0 && `${counted(lost, "line")} were lost.`, notes].filter(Boolean);
  return el("section", {},
    el("h1", {}, found.length > 0 ? `${counted(errors + panics, "call")} failed` : "No call failed"),
    el("p", { class: "lead" }, found.length > 0
      ? "Click on a failure below: the panel on the right shows what the function was given, what it gave back, and its line in the source."
      : "Click on a request to see what it did, and on a call to see what it was given and what it gave back."),
    el("div", { class: "figures", style: null },
      figure(count(roots), roots === 1 ? "request" : "requests (calls that nobody called)"), figure(count(calls), "calls"), figure(count(functions.length), "functions"),
      figure(duration(end), "from first to last line"), figure(count(errors), "errors"), figure(count(panics), "panics")),
    lines.map((line) => el("p", { class: "care" }, line)));
}

// An error goes up through its callers: only where it began, equal ones once.
function failures(hits) {
  const above = new Set(hits.map((row) => row.parent));
  const groups = new Map();
  for (const row of hits) {
    if (above.has(row.call)) continue;
    const key = `${row.fn} ${complaint(row)}`;
    if (!groups.has(key)) groups.set(key, { row, times: 0 });
    groups.get(key).times++;
  }
  return [...groups.values()].sort((a, b) => a.times - b.times || a.row.start - b.row.start);
}

function failedCard(found, { hits, scanned, total, cursor }) {
  const isAll = cursor == null;
  const note = isAll ? "" : ` of the first ${count(hits.length)} errors`;
  const isSearching = !isAll && hits.length < ERRORS_READ;
  return el("section", { class: "card", "aria-label": "What failed" },
    el("header", {}, el("h2", {}, "What failed, where it began"), el("button", { type: "button", class: "link", onclick: () => go({ w: "error", view: "tree" }) }, isAll ? `All ${count(hits.length)}` : "All of them")),
    found.length === 0 && el("p", { class: "nothing" }, isSearching ? `Searched ${count(scanned)} of ${count(total)} calls …` : "Nothing: no call returned an error or panicked."),
    found.slice(0, FAILURES_SHOWN).map(failureEntry),
    found.length > FAILURES_SHOWN && el("p", { class: "nothing" }, `${counted(found.length - FAILURES_SHOWN, "kind")} more${note}`));
}

function failureEntry({ row, times }) {
  const { sign, word } = ending(row.flags);
  const { source } = trace().functions[row.fn];
  return el("button", { type: "button", class: "entry", "data-call": row.call, "aria-current": String(state().call === row.call), onclick: () => go({ call: row.call }) },
    el("span", { class: "bad", title: word }, sign),
    el("span", { class: "what", title: fullName(row.fn) }, el("strong", {}, shortName(row.fn))),
    el("span", { class: "muted number" }, times > 1 ? `${count(times)} times` : ""),
    el("span", { class: "said" }, complaint(row)),
    el("span", { class: "under" }, briefArguments(row.args, 110) || "no arguments"),
    source && el("span", { class: "under mono" }, source));
}

function slowCard({ rows }) {
  const most = rows[0]?.duration ?? 1;
  const entry = (row) => {
    const { sign, word } = ending(row.flags);
    const meter = el("span", { class: "meter", "aria-hidden": "true" }, el("i"));
    meter.firstChild.style.width = `${(100 * row.duration) / Math.max(1, most)}%`;
    return el("button", { type: "button", class: "entry", "data-call": row.call, "aria-current": String(state().call === row.call), onclick: () => go({ call: row.call }) },
      el("span", { class: "bad", title: word }, sign), el("span", { class: "what" }, requestTitle(row)), el("span", { class: "number" }, duration(row.duration)), meter);
  };
  return el("section", { class: "card", "aria-label": "What was slow" },
    el("header", {}, el("h2", {}, "The slowest requests"), el("button", { type: "button", class: "link", onclick: () => go({ view: "requests", sort: "duration", desc: "1" }) }, "All requests")),
    rows.map(entry));
}

/** What a request asked for, as far as its arguments tell. */
export function requestTitle(row) {
  const texts = Object.values(row.args ?? {}).filter((value) => typeof value === "string" || typeof value === "number");
  return texts.length > 0 ? shorten(`${texts.slice(0, 3).join(" ")}`, 90) : shortName(row.fn) + (row.args ? ` ${brief(row.args, 40)}`.replace("{  }", "") : "");
}

function endpointsCard({ endpoints }) {
  const rows = endpoints.slice(0, START_ENDPOINTS).map(({ name, count: times, p50, p99, errors, failing }) =>
    el("tr", { tabindex: "0", onclick: () => go({ view: "requests", endpoint: name }), onkeydown: (event) => event.key === "Enter" && go({ view: "requests", endpoint: name }) },
      el("td", {}, name), el("td", { class: "number" }, count(times)), el("td", { class: "number" }, duration(p50)), el("td", { class: "number" }, duration(p99)),
      el("td", { class: errors ? "number bad" : "number muted" }, errors ? `✗ ${count(errors)}` : "0"),
      el("td", { class: failing ? "number bad" : "number muted" }, failing == null ? "" : failing ? `✗ ${count(failing)}` : "0")));
  return el("section", { class: "card", "aria-label": "Requests by endpoint" },
    el("header", {}, el("h2", {}, "Requests by what they ask for"), el("span", { class: "muted" }, "median, and what 99 of 100 stay below")),
    el("table", {}, el("thead", {}, el("tr", {}, el("th", {}, "Endpoint"), ["Requests", "p50", "p99", "Failed", "Failed inside"].map((name) => el("th", { class: "number" }, name)))), el("tbody", {}, rows)));
}

function markEntries(call) {
  for (const entry of document.querySelectorAll("#main .entry")) entry.setAttribute("aria-current", String(Number(entry.dataset.call) === call));
}
