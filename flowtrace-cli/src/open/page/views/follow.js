// Follows a value: every call that received or returned it, in the order of time.
import { hitsOf } from "../ask.js";
import { el } from "../dom.js";
import { ending } from "../flags.js";
import { go, selection, state } from "../state.js";
import { briefArguments, brief, count, counted, duration } from "../text.js";
import { shortName } from "../trace.js";

const HITS_A_PAGE = 200;

export const followView = {
  id: "value", title: "Follow a value", about: "Every call that received or returned a value", needs: ["v"],
  async draw(draw, isCurrent) {
    const { v } = state();
    const box = form(v);
    if (!v) return draw(el("div", { class: "wide" }, box, el("p", { class: "nothing" }, "Type a value, or choose “follow” beside a value of a call.")));
    const body = el("tbody");
    const told = el("p", { class: "lead", role: "status" });
    const more = el("button", { type: "button", class: "more", hidden: true }, "Show more");
    draw(el("div", { class: "wide" }, box, told, el("div", { class: "sheet" }, el("table", { "aria-label": "Calls with this value" },
      el("thead", {}, el("tr", {}, el("th", { class: "number" }, "Time"), ["Where", "Call", "Result"].map((name) => el("th", {}, name)))), body)), more));
    const addPage = async (cursor) => {
      const before = body.childElementCount;
      more.hidden = true;
      await hitsOf("value", { ...selection(), v, cursor }, HITS_A_PAGE, (found) => {
        body.append(...found.hits.slice(body.childElementCount - before).map(hitRow));
        told.textContent = toldOfValue(body.childElementCount, found, found.hits.length < HITS_A_PAGE);
        more.hidden = found.cursor == null || found.hits.length < HITS_A_PAGE;
        more.onclick = () => addPage(found.cursor);
        return isCurrent();
      });
    };
    await addPage(null);
  },
  pick: (call) => {
    for (const row of document.querySelectorAll("#main tr[data-call]")) row.setAttribute("aria-current", String(Number(row.dataset.call) === call));
  },
};

function toldOfValue(shown, { cursor, scanned, total }, isSearching) {
  const found = `${counted(shown, "call")} received or returned it`;
  if (cursor == null) return shown === 0 ? "No call received or returned this value." : `${found}, in the order of time.`;
  return isSearching ? `${found}; searched ${count(scanned)} of ${count(total)} calls …` : `${found}, and there may be more.`;
}

function form(v) {
  const box = el("input", { type: "text", id: "value", class: "mono", value: v ?? "", size: "40", spellcheck: "false", placeholder: '"ord_42" or 7' });
  return el("form", { class: "toolbar", onsubmit: (event) => {
    event.preventDefault();
    go({ v: asJson(box.value.trim()) });
  } }, el("label", { for: "value" }, "Value"), box, el("button", { type: "submit" }, "Follow"));
}

// a text may be typed without its quotes
function asJson(text) {
  if (!text) return null;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return JSON.stringify(text);
  }
}

function hitRow(row) {
  const { sign, word } = ending(row.flags);
  const pick = () => go({ call: row.call });
  return el("tr", { tabindex: "0", "data-call": row.call, "aria-current": String(state().call === row.call), onclick: pick, onkeydown: (event) => event.key === "Enter" && pick() },
    el("td", { class: "number" }, duration(row.start)),
    el("td", {}, (row.where ?? []).slice(0, 3).map((place) => el("span", { class: "where" }, place.startsWith("result") ? `← ${place}` : `→ ${place}`))),
    el("td", { class: "cut" }, sign && el("span", { class: "bad", title: word }, `${sign} `), shortName(row.fn), el("span", { class: "muted" }, `(${briefArguments(row.args, 80)})`)),
    el("td", { class: "cut narrow muted" }, brief(row.result, 80)));
}
