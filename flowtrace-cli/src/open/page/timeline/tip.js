// What stands beside the pointer: name, time and arguments of the call under it.
import { ask } from "../ask.js";
import { el, fill } from "../dom.js";
import { ASYNC, ending } from "../flags.js";
import { briefArguments, count, duration } from "../text.js";
import { shortName } from "../trace.js";

let tipShown = null;
const tipsKnown = new Map();

/** Shows it for a bar, or hides it. */
export async function tipOf(tip, bar, event) {
  tip.hidden = !bar;
  if (!bar) {
    tipShown = null;
    return;
  }
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - 480)}px`;
  tip.style.top = `${Math.min(event.clientY + 16, innerHeight - 110)}px`;
  const { bars } = bar.row;
  const { at } = bar;
  const key = `${bars.call[at]} ${bars.count[at]}`;
  if (tipShown === key) return;
  tipShown = key;
  const { word, sign } = ending(bars.flags[at]);
  const isMany = bars.count[at] > 1;
  const lasted = bars.end[at] - bars.start[at];
  const isAsync = bars.flags[at] & ASYNC && bars.busy[at] != null && !isMany;
  const lines = isMany
    ? [el("strong", {}, `${count(bars.count[at])} calls`), el("div", {}, `in ${duration(lasted)}; zoom in to tell them apart`), el("div", { class: "muted" }, `the longest is ${shortName(bars.fn[at])}`)]
    : [el("strong", {}, shortName(bars.fn[at])), el("div", {}, `${duration(lasted)}${isAsync ? `, of which it worked ${duration(bars.busy[at])}` : ""}`), sign && el("div", { class: "bad" }, `${sign} ${word}`)];
  const args = el("div", { class: "muted" });
  fill(tip, lines, args);
  if (isMany) return;
  const text = await argumentsOf(bars.call[at]);
  if (tipShown === key) args.textContent = text;
}

async function argumentsOf(call) {
  if (!tipsKnown.has(call)) {
    if (tipsKnown.size > 500) tipsKnown.clear();
    tipsKnown.set(call, ask(`call/${call}`).then((answer) => briefArguments(answer.args, 200), () => ""));
  }
  return tipsKnown.get(call);
}
