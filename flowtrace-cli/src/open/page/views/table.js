// The functions of what is shown, as a table to sort.
import { ask } from "../ask.js";
import { el } from "../dom.js";
import { go, selection, state } from "../state.js";
import { count, duration } from "../text.js";
import { fullName, shortName } from "../trace.js";

const COLUMNS = [
  ["calls", "Calls", "how often it was called", count], ["self", "Itself", "time without the calls it made", duration],
  ["total", "Total", "time with the calls it made; a recursive call counts again", duration], ["busy", "Worked", "time in which it did not wait", duration],
  ["wait", "Waited", "time in which an async call waited", duration], ["p50", "p50", "half of the calls took no longer", duration],
  ["p99", "p99", "99 of 100 calls took no longer", duration], ["max", "Max", "the slowest call", duration], ["errors", "Errors", "calls that failed", count],
];

export const tableView = {
  id: "functions", title: "Functions", about: "How often each function was called, and how long it took", needs: ["sort", "desc"],
  async draw(draw) {
    const { rows } = await ask("table", selection());
    if (rows.length === 0) return draw(el("p", { class: "nothing" }, "No call matches what is shown."));
    const key = COLUMNS.some(([name]) => name === state().sort) || state().sort === "fn" ? state().sort : "self";
    const isUp = state().desc === "0" || (key === "fn" && state().desc !== "1");
    rows.sort((a, b) => (key === "fn" ? fullName(a.fn).localeCompare(fullName(b.fn)) : a[key] - b[key]) * (isUp ? 1 : -1));
    const header = (name, title, about, isNumber) =>
      el("th", { class: isNumber ? "number" : "", title: about, "aria-sort": key === name ? (isUp ? "ascending" : "descending") : null },
        el("button", { type: "button", onclick: () => go({ sort: name, desc: key === name ? (isUp ? "1" : "0") : null }) }, `${title}${key === name ? (isUp ? " ↑" : " ↓") : ""}`));
    draw(el("div", { class: "wide" }, el("p", { class: "lead" }, "Click on a function to see only its calls."), el("div", { class: "sheet" },
      el("table", { "aria-label": "Functions" },
        el("thead", {}, el("tr", {}, header("fn", "Function", "", false), COLUMNS.map(([name, title, about]) => header(name, title, about, true)))),
        el("tbody", {}, rows.map(functionRow))))));
  },
};

function functionRow(row) {
  const only = () => go({ w: `function=${fullName(row.fn)}`, view: "tree" });
  const cell = ([name, , , shown]) => {
    const isBad = name === "errors" && row.errors > 0;
    return el("td", { class: isBad ? "number bad" : "number" }, isBad ? `✗ ${count(row.errors)}` : shown(row[name]));
  };
  return el("tr", { tabindex: "0", onclick: only, onkeydown: (event) => event.key === "Enter" && only() },
    el("td", { class: "tail", title: fullName(row.fn) }, el("bdi", {}, shortName(row.fn)), row.thinned > 0 && el("span", { class: "care" }, ` + ${count(row.thinned)} left out`)), COLUMNS.map(cell));
}
