// The flame graph: what is shown, summed by who called whom. The widest took most.
import { ask } from "../ask.js";
import { moduleColour } from "../colour.js";
import { el, fill } from "../dom.js";
import { ERROR, PANIC } from "../flags.js";
import { go, selection, state } from "../state.js";
import { counted, duration } from "../text.js";
import { fullName, moduleOf, shortName } from "../trace.js";

const FLAME_HEIGHT = 22;
const NARROWEST = 0.0008;

export const flameView = {
  id: "flame", title: "Flame graph", about: "Where the time went, summed by who called whom", needs: ["by"],
  async draw(draw) {
    const by = state().by ?? "self";
    const top = await ask("flame", { ...selection(), by });
    if (!top.children?.length) return draw(el("p", { class: "nothing" }, "No call matches what is shown."));
    const graph = el("div", { class: "flame", role: "group", "aria-label": "Flame graph" });
    const zoomed = el("p", { class: "muted" });
    const choice = (value, text, about) => el("button", { type: "button", "aria-pressed": String(by === value), title: about, onclick: () => go({ by: value }) }, text);
    drawGraph(graph, zoomed, [], top);
    draw(el("div", { class: "wide" }, el("div", { class: "toolbar" },
      el("span", { class: "group", role: "group", "aria-label": "Weigh by" }, choice("self", "All time", "also time in which async calls waited"), choice("busy", "Time worked", "without the time in which async calls waited")),
      el("span", { class: "muted" }, "Callers stand above what they called. Click to look closer."), el("span", { class: "grow" }), zoomed), graph));
  },
};

// `above` are the places over the one that fills the width
function drawGraph(graph, zoomed, above, place) {
  const bars = above.map((each, depth) => flameBar(each, depth, 0, 1, () => drawGraph(graph, zoomed, above.slice(0, depth), each)));
  let deepest = above.length;
  const add = (each, depth, left, width, over) => {
    if (width < NARROWEST) return;
    deepest = Math.max(deepest, depth);
    bars.push(flameBar(each, depth, left, width, () => each.children.length > 0 && drawGraph(graph, zoomed, over, each)));
    let at = left;
    for (const child of each.children) {
      const part = (width * child.total) / Math.max(1, each.total);
      add(child, depth + 1, at, part, [...over, each]);
      at += part;
    }
  };
  add(place, above.length, 0, 1, above);
  fill(graph, bars);
  graph.style.height = `${(deepest + 1) * FLAME_HEIGHT + 8}px`;
  fill(zoomed, `${shortName(place.fn)}: ${duration(place.total)}`, place.fn >= 0 && el("button", { type: "button", class: "link", onclick: () => go({ w: `function=${fullName(place.fn)}`, view: "tree" }) }, "  show its calls"));
}

function flameBar(place, depth, left, width, onclick) {
  const failed = (place.flags & (ERROR | PANIC)) !== 0;
  const name = `${shortName(place.fn)}: ${duration(place.total)} in ${counted(place.calls, "call")}, ${duration(place.self)} itself${failed ? ", some failed" : ""}`;
  const each = el("button", { type: "button", class: failed ? "failed" : "", title: name, "aria-label": name, onclick }, width > 0.03 ? shortName(place.fn) : "");
  const { style } = each;
  // blanks at the sides would make a narrow bar wide
  if (width <= 0.03) style.padding = "0";
  style.left = `${left * 100}%`;
  style.width = `calc(${width * 100}% - 1px)`;
  style.top = `${depth * FLAME_HEIGHT}px`;
  style.background = place.fn < 0 ? "var(--raised)" : moduleColour(moduleOf(place.fn));
  return each;
}
