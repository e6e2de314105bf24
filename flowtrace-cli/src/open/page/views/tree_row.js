// One row of the tree.
import { el } from "../dom.js";
import { ending } from "../flags.js";
import { go, state } from "../state.js";
import { brief, briefArguments, count, duration } from "../text.js";
import { fullName, shortName, trackName } from "../trace.js";

/** The row of a call. `above` is the row of its caller; `toggled` folds and unfolds. */
export function treeRow(row, depth, above, toggled) {
  const { sign, word, kind } = ending(row.flags);
  const isBad = kind === "error" || kind === "panic";
  const hasBelow = row.calls > 1;
  const isElsewhere = above && above.dataset.track !== String(row.track);
  const fold = el("span", { class: "fold", "aria-hidden": "true", onclick: (event) => {
    event.stopPropagation();
    toggled();
  } }, hasBelow ? "▸" : "");
  const call = el("span", { class: "call" }, fold,
    sign && el("span", { class: isBad ? "bad" : "care", title: word }, `${sign} `),
    el("span", { class: "what", title: fullName(row.fn) }, shortName(row.fn)),
    el("span", { class: "dim" }, `(${briefArguments(row.args, 160)})`), outcomeText(row, kind),
    isElsewhere && el("span", { class: "thread" }, `  on ${trackName(row.track)}`));
  call.style.paddingLeft = `${depth * 16}px`;
  return el("div", {
    class: `row${depth === 0 ? " top" : ""}${row.hit === false ? " miss" : ""}`, role: "treeitem", tabindex: "-1", "aria-level": depth + 1,
    "aria-expanded": hasBelow ? "false" : null, "aria-selected": String(state().call === row.call),
    "data-call": row.call, "data-depth": depth, "data-track": row.track, onclick: () => go({ call: row.call }),
    ondblclick: toggled,
  }, el("span", { class: "number" }, duration(row.duration)), el("span", { class: "number dim" }, row.busy == null ? "" : duration(row.busy)), call,
  hasBelow && Number.isFinite(row.calls) && el("span", { class: "unseen" }, `${count(row.calls - 1)} calls below`));
}

function outcomeText(row, kind) {
  if (row.error) return el("span", { class: "bad" }, ` panicked: ${row.error}`);
  if (kind === "open") return el("span", { class: "care" }, " has not ended");
  if (kind === "cancelled") return el("span", { class: "care" }, " was cancelled");
  if (row.result === undefined) return null;
  return el("span", { class: kind === "error" ? "bad" : "dim" }, ` → ${brief(row.result, 120)}`);
}
