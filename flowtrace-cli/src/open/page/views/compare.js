// Two requests side by side, call by call: what only one has, what took longer, whose values differ first.
import { ask } from "../ask.js";
import { el } from "../dom.js";
import { ending } from "../flags.js";
import { chosenRun, go, state } from "../state.js";
import { brief, briefArguments, counted, duration } from "../text.js";
import { shortName } from "../trace.js";
import { requestTitle } from "./start.js";

const CHOICES = 200;
// a call counts as slower from here on
const SLOWER = 1.5;

export const compareView = {
  id: "compare", title: "Compare", about: "Two requests side by side", needs: ["a", "b"],
  async draw(draw, isCurrent) {
    const { a, b } = state();
    const choices = el("div", { class: "toolbar" }, await chooser("First", "a"), await chooser("Second", "b"),
      el("button", { type: "button", disabled: a == null && b == null, onclick: () => go({ a: b, b: a }) }, "⇄ Swap"));
    if (!isCurrent()) return;
    if (a == null || b == null) {
      return draw(el("div", { class: "wide" }, choices, el("p", { class: "nothing" }, "Choose two requests, or “compare” beside a request or a call: for example a slow one and a fast one.")));
    }
    const { rows, first } = await ask("compare", { a, b });
    draw(el("div", { class: "wide" }, choices, verdict(rows, first)), el("div", { role: "table", "aria-label": "Calls of both" },
      el("div", { class: "pair head", role: "row" }, ["First", "took", "took", "times", "Second"].map((name, at) => el("div", { role: "columnheader", class: at % 4 ? "number" : "" }, name))),
      rows.map((row, at) => pairRow(row, at === first))));
  },
};

async function chooser(label, name) {
  const chosen = state()[name];
  const { rows } = await ask("roots", { run: chosenRun(), limit: CHOICES });
  if (chosen != null && !rows.some((row) => row.call === chosen)) rows.unshift(await ask(`call/${chosen}`));
  const option = (row) => el("option", { value: row.call, selected: row.call === chosen }, `${ending(row.flags).sign} ${requestTitle(row)} · ${duration(row.duration)}`.trim());
  return el("label", {}, `${label} `, el("select", { onchange: (event) => go({ [name]: event.target.value === "" ? null : Number(event.target.value) }) },
    el("option", { value: "" }, "choose…"), rows.map(option)));
}

function verdict(rows, first) {
  const only = (side, other) => rows.filter((row) => row[side] && !row[other]).length;
  const slower = rows.filter(({ ratio }) => ratio >= SLOWER).length;
  const parts = [
    `${counted(rows.length, "row")}`, only("a", "b") > 0 && `${counted(only("a", "b"), "call")} only in the first`, only("b", "a") > 0 && `${counted(only("b", "a"), "call")} only in the second`,
    slower > 0 && `${counted(slower, "call")} at least ${SLOWER} times as long in the second`,
  ].filter(Boolean);
  const jump = el("button", { type: "button", class: "link", onclick: () => document.getElementById("first-difference")?.scrollIntoView({ block: "center" }) }, "Go to the first difference");
  return el("p", { class: "lead" }, `${parts.join(", ")}. `, first == null || first < 0 ? "Both did the same with the same values." : jump);
}

function pairRow({ a, b, depth, same, differs, ratio }, isFirst) {
  const isAlone = !a || !b;
  const note = differs === "args" ? "other arguments" : differs === "result" ? "another result" : "";
  // what is the same on both sides says nothing here
  const side = (row, other) => {
    if (!row) return el("div", { role: "cell", class: "muted" }, "–");
    const { sign, word } = ending(row.flags);
    const cell = el("div", { role: "cell", title: `${briefArguments(row.args, 400)} → ${brief(row.result, 400)}` }, sign && el("span", { class: "bad", title: word }, `${sign} `),
      el("button", { type: "button", class: "plain", onclick: () => go({ call: row.call }) }, shortName(row.fn)),
      differs === "args" && el("span", { class: "muted" }, ` (${briefArguments(differing(row.args, other.args), 100)})`), differs === "result" && el("span", { class: "muted" }, ` → ${brief(row.result, 80)}`));
    cell.style.paddingLeft = `${depth * 14}px`;
    return cell;
  };
  return el("div", { class: `pair${isAlone ? " missing" : same ? "" : " differs"}`, role: "row", id: isFirst ? "first-difference" : null, title: isAlone ? `only in the ${a ? "first" : "second"}` : note },
    side(a, b), el("div", { role: "cell", class: "number" }, a ? duration(a.duration) : ""), el("div", { role: "cell", class: "number" }, b ? duration(b.duration) : ""),
    el("div", { role: "cell", class: ratio >= SLOWER ? "number bad" : "number muted" }, ratio == null ? (a ? "− only" : "+ only") : `${ratio >= 100 ? Math.round(ratio) : ratio.toFixed(1)} ×`), side(b, a));
}

// the arguments of one call that another one does not have, or has with other values
function differing(args, others) {
  if (args === null || others === null || typeof args !== "object" || typeof others !== "object") return args;
  return Object.fromEntries(Object.entries(args).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(others[name])));
}
