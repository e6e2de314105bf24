// The timeline: threads and tasks as tracks, calls as bars, as close as one likes.
import { ask } from "../ask.js";
import { el, later } from "../dom.js";
import { go, selection, state } from "../state.js";
import { counted } from "../text.js";
import { layOut } from "../timeline/layout.js";
import { legend } from "../timeline/legend.js";
import { listenTo } from "../timeline/pointer.js";
import { paintTimeline } from "../timeline/paint.js";
import { keepStretch, pannedStretch, scaleOf, shownStretch, wholeStretch, zoomedStretch } from "../timeline/scale.js";
import { tipOf } from "../timeline/tip.js";

// what is in sight: one timeline at a time
let sight = null;

export const timelineView = {
  id: "timeline", title: "Timeline", about: "Threads and tasks, with their calls as bars", needs: ["zoom"],
  async draw(draw) {
    if (sight?.canvas.isConnected) {
      const stretch = shownStretch();
      if (stretch.from !== sight.stretch.from || stretch.to !== sight.stretch.to) sight.stretch = state().zoom === sight.kept ? sight.stretch : stretch;
      await load();
      return;
    }
    const canvas = el("canvas", { role: "img", tabindex: "0", "aria-label": "Timeline. Keys: w and s zoom, a and d move, f fits the selected call. Step through calls with i, o, u and b; the details are read out." });
    const space = el("div", { class: "unseen-space" });
    const pane = el("div", { class: "pane", onscroll: () => paintSoon() }, canvas, space);
    sight = { canvas, pane, space, stretch: shownStretch(), layout: layOut({ tracks: [] }), hovered: null, brush: null, kept: state().zoom, asked: 0 };
    const tip = el("div", { class: "tip", hidden: true });
    draw(el("div", { class: "timeline" }, toolbar(), pane, tip));
    fit();
    new ResizeObserver(() => canvas.isConnected && (fit(), paintSoon(), loadSoon())).observe(pane);
    listenTo(sight, { showStretch, paint: paintSoon, select: (call) => go({ call }), selectStretch, tip: (bar, event) => tipOf(tip, bar, event) });
    await load();
  },
  pick: () => paintSoon(),
  keys: (key) => {
    const act = KEYS_OF_TIMELINE[key];
    act?.(sight.stretch);
    return act !== undefined;
  },
};

const KEYS_OF_TIMELINE = {
  w: (stretch) => showStretch(zoomedStretch(stretch, 0.6)), s: (stretch) => showStretch(zoomedStretch(stretch, 1.6)),
  a: (stretch) => showStretch(pannedStretch(stretch, -(stretch.to - stretch.from) * 0.2)), d: (stretch) => showStretch(pannedStretch(stretch, (stretch.to - stretch.from) * 0.2)),
  f: fitSelected, 0: showAll,
};

function toolbar() {
  const act = (sign, name, work) => el("button", { type: "button", title: name, onclick: work }, sign);
  return el("div", { class: "toolbar" }, el("span", { class: "group" },
    act("−", "Zoom out (key s)", () => KEYS_OF_TIMELINE.s(sight.stretch)), act("+", "Zoom in (key w)", () => KEYS_OF_TIMELINE.w(sight.stretch)),
    act("All", "Show everything (key 0)", showAll), act("Fit", "Fit the selected call (key f)", fitSelected)), el("span", { class: "grow" }), legend());
}

function fit() {
  sight.canvas.style.height = `${sight.pane.clientHeight}px`;
  // the canvas stays in sight, and the space below it makes the rest of the height
  sight.space.style.height = `${Math.max(0, sight.layout.height - sight.pane.clientHeight)}px`;
}

function showStretch(stretch) {
  sight.stretch = stretch;
  paintSoon();
  keepSoon();
}

function showAll() {
  showStretch(wholeStretch());
}

async function fitSelected() {
  const { call } = state();
  if (call == null) return;
  const { start, duration } = await ask(`call/${call}`);
  const margin = Math.max(duration * 0.15, 500);
  showStretch({ from: start - margin, to: start + duration + margin });
}

function selectStretch({ from, to }) {
  go({ from: Math.max(0, Math.round(from)), to: Math.round(to) });
}

const loadSoon = later(70, () => sight.canvas.isConnected && load());

const keepSoon = later(70, () => {
  if (!sight.canvas.isConnected) return;
  keepStretch(sight.stretch);
  sight.kept = state().zoom;
  load();
});

// bars are asked for with as much again on either side, so that a move shows some at once
async function load() {
  const of = sight;
  const turn = ++of.asked;
  const { from, to } = of.stretch;
  const width = Math.max(100, of.canvas.clientWidth);
  const { from: first, to: last, ...parts } = selection();
  const wide = to - from;
  const left = Math.max(first ?? 0, from - wide, 0);
  const right = Math.min(last ?? Infinity, to + wide);
  if (right <= left) return;
  const answer = await ask("timeline", { ...parts, from: Math.floor(left), to: Math.ceil(right), width: Math.round((width * (right - left)) / wide) });
  if (turn !== of.asked || of !== sight) return;
  of.layout = layOut(answer);
  const bars = of.layout.rows.reduce((sum, { bars }) => sum + bars.call.length, 0);
  of.canvas.dataset.bars = String(bars);
  of.canvas.title = "";
  of.pane.setAttribute("aria-description", `${counted(bars, "bar")} on ${counted(of.layout.heads.length, "track")}`);
  fit();
  paintSoon();
}

let isAsked = false;

function paintSoon() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    const { canvas, layout, stretch, pane, hovered, brush } = sight;
    if (!canvas.isConnected) return;
    sight.scale = scaleOf(stretch, canvas.clientWidth);
    paintTimeline(canvas, { layout, scale: sight.scale, top: pane.scrollTop, selected: state().call, hovered, brush });
  });
}
