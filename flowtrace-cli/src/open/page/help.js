// Help: keys, signs, and the filter language by example.
import { button, el } from "./dom.js";
import { SIGNS_OF_ENDINGS } from "./flags.js";

const KEYS = [
  ["1 – 8", "choose a view"], ["/", "search"], ["i o u b", "step into, over, out, back"], ["e E", "next, previous error"],
  ["Esc", "close the details"], ["w s", "timeline: zoom in, out"], ["a d", "timeline: left, right"], ["f", "timeline: fit the selected call"],
  ["0", "timeline: show everything"], ["← →", "tree: fold, unfold"], ["↑ ↓", "tree: row up, down"], ["?", "this help"],
];
const MOUSE = [
  ["wheel", "timeline: zoom at the pointer; over the names, scroll"], ["drag", "timeline: move"], ["Shift + drag", "timeline: select a stretch of time, for all views"],
];

/** Filters to start from, with what they find. */
export const EXAMPLES = [
  ["error", "calls that failed"], ["slower>1ms", "calls that took longer"], ["function=get_product", "calls of a function"],
  ["arg.product_id=1", "calls with this argument"], ['result~"not found"', "calls whose result contains it"],
  ["thread=main & !error", "and, not; also | and ( )"],
];

export function showHelp() {
  const dialog = el("dialog", { "aria-labelledby": "help-title", onclose: () => dialog.remove() },
    el("div", { class: "toolbar" }, el("h1", { id: "help-title" }, "How to read this page"), el("span", { class: "grow" }),
      button("×", "Close", () => dialog.close())),
    el("div", { class: "help" },
      section("Keys", [...KEYS, ...MOUSE].map(([key, what]) => [el("kbd", {}, key), what])),
      el("div", {},
        section("How a call ended", SIGNS_OF_ENDINGS),
        el("p", { class: "muted" }, "A call is one run of a function. Async calls work and wait in turn: busy is the time they worked."),
        section("Search", EXAMPLES.map(([filter, what]) => [el("code", {}, filter), what])))));
  document.body.append(dialog);
  dialog.showModal();
}

function section(title, pairs) {
  return el("section", {}, el("h2", {}, title), el("dl", {}, pairs.map(([term, what]) => [el("dt", {}, term), el("dd", {}, what)])));
}
