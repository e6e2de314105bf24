// What is selected, each part with a way to drop it.
import { button, el, fill } from "./dom.js";
import { chosenRun, go, state } from "./state.js";
import { duration } from "./text.js";
import { trace } from "./trace.js";

/** Draws them anew. */
export function drawChips() {
  const { w, from, to, root, endpoint } = state();
  const chips = [];
  if (w) chips.push(chip(`calls with ${w}`, { w: null }));
  if (from != null || to != null) {
    chips.push(chip(`from ${duration(from ?? 0)} to ${duration(to ?? trace().end)}`, { from: null, to: null }));
  }
  if (root != null) chips.push(chip(`below call ${root}`, { root: null }));
  if (endpoint) chips.push(chip(`requests of ${endpoint}`, { endpoint: null }));
  if (trace().runs.length > 1) chips.push(runChoice());
  if (chips.length > 1) {
    chips.push(el("button", { class: "link", onclick: () => go({ w: null, from: null, to: null, root: null, endpoint: null }) }, "Clear all"));
  }
  fill(document.getElementById("chips"), chips.length > 0 && el("span", { class: "muted" }, "Shown:"), chips);
}

function chip(text, dropped) {
  return el("span", { class: "chip" }, el("span", { title: text }, text), button("×", `Drop: ${text}`, () => go(dropped)));
}

// several runs of a program in one file: the last one, unless another is asked for
function runChoice() {
  const { runs } = trace();
  const option = (value, text) => el("option", { value, selected: chosenRun() === value }, text);
  return el("label", {}, "Run ",
    el("select", { onchange: (event) => go({ run: event.target.value }) },
      runs.map(({ run }) => option(String(run), `${run} of ${runs.length}`)), option("all", "all")));
}
