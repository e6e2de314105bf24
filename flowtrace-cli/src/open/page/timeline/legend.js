// The legend: each kind of bar, drawn as it is drawn in the timeline.
import { el } from "../dom.js";
import { ASYNC, CANCELLED, ERROR, OPEN, PANIC, THINNED } from "../flags.js";
import { BAR, barColours, drawBar } from "./bars.js";

const KINDS = [
  ["worked", 0, "Worked all the time"], ["waited", ASYNC, "Async: the strip is the share of the time in which it worked"], ["error", ERROR, "Returned an error: hatched"],
  ["panic", PANIC, "Panicked: cross-hatched"], ["cancelled", CANCELLED, "Dropped before it finished: dashed border"], ["not ended", OPEN, "Never ended: no right side"],
  ["some left out", THINNED, "Calls below it are not in the trace: dots"],
];

export function legend() {
  return el("div", { class: "legend", "aria-label": "Legend" }, KINDS.map(([name, flags, about]) => el("span", { title: about }, swatch(flags), name)));
}

function swatch(flags) {
  const canvas = el("canvas", { width: 52, height: 2 * BAR + 4, "aria-hidden": "true" });
  canvas.style.width = "26px";
  canvas.style.height = `${BAR + 2}px`;
  const paint = canvas.getContext("2d");
  paint.scale(2, 2);
  drawBar(paint, barColours(), { x: 0, y: 1, width: 22, flags, share: 0.4, module: "flowtrace", count: 1, label: "", isSelected: false });
  return canvas;
}
