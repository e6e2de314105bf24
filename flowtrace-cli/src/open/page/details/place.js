// Where a call stands in the tree: the calls above it, and those that it made.
import { ask } from "../ask.js";
import { el, fill } from "../dom.js";
import { ending } from "../flags.js";
import { go } from "../state.js";
import { briefArguments, count, duration } from "../text.js";
import { shortName } from "../trace.js";

const FIRST_CALLEES = 12;
const NEXT_CALLEES = 200;

/** From the root to the call. */
export function pathList(call) {
  const above = call.path.slice(0, -1);
  const item = ({ call: id, fn }) => el("li", {}, el("button", { type: "button", class: "link", onclick: () => go({ call: id }) }, shortName(fn)));
  return el("section", { class: "details-part", "aria-label": "Called by" }, el("h3", {}, above.length > 0 ? "Called by, from the root" : "Called by"),
    above.length > 0 ? el("ol", { class: "path" }, above.map(item)) : el("p", { class: "muted" }, "Nobody in this trace: it is a root."));
}

/** Draws the calls that it made. */
export async function drawCallees(part, call) {
  const { total } = call.children;
  const list = el("ol", { class: "path" });
  fill(part, el("h3", {}, el("span", {}, "Calls it made"), el("span", {}, count(total))), list);
  if (total > 0) await addCallees(list, call.call, 0, FIRST_CALLEES, total);
}

async function addCallees(list, call, offset, limit, total) {
  const { rows } = await ask("children", { call, offset, limit });
  list.append(...rows.map(callee));
  const left = total - offset - rows.length;
  if (left <= 0 || rows.length === 0) return;
  const more = el("li", {}, el("button", { type: "button", class: "link", onclick: () => {
    more.remove();
    addCallees(list, call, offset + rows.length, NEXT_CALLEES, total);
  } }, `${count(left)} more`));
  list.append(more);
}

function callee(row) {
  const { sign, word } = ending(row.flags);
  return el("li", {},
    el("button", { type: "button", class: "link", title: briefArguments(row.args, 300), onclick: () => go({ call: row.call }) },
      sign && el("span", { class: "bad", title: word }, `${sign} `), shortName(row.fn), el("span", { class: "muted" }, `(${briefArguments(row.args, 48)})`)),
    el("span", { class: "number muted" }, duration(row.duration)));
}
