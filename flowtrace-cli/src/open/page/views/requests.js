// The requests: calls without a caller, with a histogram, their endpoints, and a list to sort.
import { ask } from "../ask.js";
import { button, el } from "../dom.js";
import { ending } from "../flags.js";
import { go, selection, state } from "../state.js";
import { count, counted, duration } from "../text.js";
import { requestTitle } from "./start.js";

const REQUESTS_A_PAGE = 200;

export const requestsView = {
  id: "requests", title: "Requests", about: "The calls without a caller, how long they took, and how they ended",
  needs: ["sort", "desc", "endpoint"],
  async draw(draw) {
    const { sort, desc, endpoint } = state();
    const parts = { ...selection(), sort: sort ?? "time", desc, endpoint, limit: REQUESTS_A_PAGE };
    const answer = await ask("roots", parts);
    if (answer.total === 0) return draw(el("p", { class: "nothing" }, "No request has a call that matches what is shown."));
    const body = el("tbody", {}, answer.rows.map(requestRow));
    draw(el("div", { class: "wide" }, histogramCard(answer), endpointList(answer), el("div", { class: "sheet" },
      el("table", { "aria-label": "Requests" }, el("thead", {}, el("tr", {}, sortHeader("Time", "time"), el("th", {}, "Outcome"), sortHeader("Request", "name"),
        sortHeader("Took", "duration", true), el("th", { class: "number" }, "Worked"), el("th", { class: "number" }, "Calls"), el("th", {}, "Compare"))), body)),
      moreButton(body, parts, answer)));
  },
  pick: markRows,
};

function sortHeader(name, key, isNumber = false) {
  const { sort, desc } = state();
  const isSorted = (sort ?? "time") === key;
  const next = { sort: key, desc: isSorted ? (desc ? null : "1") : key === "duration" ? "1" : null };
  return el("th", { class: isNumber ? "number" : "", "aria-sort": isSorted ? (desc ? "descending" : "ascending") : null },
    el("button", { type: "button", onclick: () => go(next) }, `${name}${isSorted ? (desc ? " ↓" : " ↑") : ""}`));
}

function requestRow(row) {
  const { sign, word, kind } = ending(row.flags);
  const pick = () => go({ call: row.call });
  const compare = (event) => {
    event.stopPropagation();
    const { a } = state();
    go(a == null || a === row.call ? { a: row.call } : { b: row.call, view: "compare" });
    event.target.textContent = "first";
  };
  const { a } = state();
  return el("tr", { tabindex: "0", "data-call": row.call, "aria-current": String(state().call === row.call), onclick: pick, onkeydown: (event) => event.key === "Enter" && event.target.dataset.call && pick() },
    el("td", { class: "number" }, duration(row.start)),
    el("td", { class: kind === "well" ? "muted" : kind === "error" || kind === "panic" ? "bad" : "care" }, kind === "well" ? "returned" : `${sign} ${kind}`, kind === "well" && row.failed > 0 && el("span", { class: "bad", title: `${counted(row.failed, "call")} below it failed` }, ` ✗ ${count(row.failed)} inside`)),
    el("td", { class: "cut", title: requestTitle(row) }, requestTitle(row), row.endpoint ? el("span", { class: "muted" }, `  ${row.endpoint}`) : null),
    el("td", { class: "number" }, duration(row.duration)), el("td", { class: "number muted" }, duration(row.busy ?? row.duration)),
    el("td", { class: "number" }, count(row.calls)),
    el("td", {}, button(a === row.call ? "first" : a == null ? "compare" : "with it", "Compare this request with another one", compare, { class: "link" })));
}

// a click on a bar selects the requests that took that long
function histogramCard({ histogram: buckets, total, rows }) {
  const most = Math.max(...buckets.map((bucket) => bucket.count), 1);
  const bar = ({ from, to, count: times }) => {
    const name = `${counted(times, "request")} from ${duration(from)} to ${duration(to)}`;
    const each = button("", name, () => go({ w: `slower>${Math.floor(from)}ns & faster<${Math.ceil(to) + 1}ns` }), { disabled: times === 0 });
    each.style.height = times === 0 ? "1px" : `${Math.max(6, (100 * times) / most)}%`;
    return each;
  };
  return el("section", { class: "card", "aria-label": "How long requests took" },
    el("header", {}, el("h2", {}, counted(total, "request")), el("span", { class: "muted" }, "how many took how long")),
    el("div", { class: "histogram" }, buckets.map(bar)),
    el("div", { class: "axis" }, el("span", {}, duration(buckets[0]?.from)), el("span", {}, duration(buckets.at(-1)?.to ?? rows[0].duration))));
}

function endpointList({ endpoints }) {
  const { endpoint } = state();
  if (endpoints.length < 2 && !endpoint) return null;
  return el("div", { class: "toolbar", role: "group", "aria-label": "Endpoints" }, endpoints.slice(0, 30).map(({ name, count: times, p50, errors }) =>
    el("button", { type: "button", "aria-pressed": String(endpoint === name), title: `median ${duration(p50)}`, onclick: () => go({ endpoint: endpoint === name ? null : name }) },
      `${name} `, el("span", { class: "muted" }, count(times)), errors > 0 && el("span", { class: "bad" }, ` ✗ ${count(errors)}`))));
}

function moreButton(body, parts, { total }) {
  if (total <= REQUESTS_A_PAGE) return null;
  const more = el("button", { type: "button", class: "more", onclick: async () => {
    const { rows } = await ask("roots", { ...parts, offset: body.childElementCount });
    body.append(...rows.map(requestRow));
    label();
  } });
  const label = () => {
    const left = total - body.childElementCount;
    more.textContent = `Show ${count(Math.min(REQUESTS_A_PAGE, left))} more of ${count(left)}`;
    more.hidden = left <= 0;
  };
  label();
  return more;
}

function markRows(call) {
  for (const row of document.querySelectorAll("#main tr[data-call]")) row.setAttribute("aria-current", String(Number(row.dataset.call) === call));
}
