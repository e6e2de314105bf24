// What stretch of time the timeline shows, and where a time stands in it.
import { chosenRun, go, state } from "../state.js";
import { spanOfRun, trace } from "../trace.js";
import { NAMES } from "./layout.js";

const NARROWEST_STRETCH = 100;

/** The stretch in the URL, or everything. */
export function shownStretch() {
  const [from, to] = (state().zoom ?? "").split("-").map(Number);
  return to > from ? { from, to } : wholeStretch();
}

/** All that is selected, with a margin. */
export function wholeStretch() {
  const { from: first, to: last } = state();
  const span = spanOfRun(chosenRun());
  const [start, end] = [first ?? span.start, last ?? Math.max(span.end, span.start + 1)];
  const margin = (end - start) * 0.01;
  return { from: start - margin, to: end + margin };
}

/** Times to pixels and back. */
export function scaleOf({ from, to }, width) {
  const room = Math.max(1, width - NAMES);
  const each = room / (to - from);
  return {
    from, to,
    x: (time) => NAMES + (time - from) * each,
    time: (x) => from + (x - NAMES) / each,
    nanosOf: (pixels) => pixels / each,
  };
}

/** The stretch after a zoom around `at`; below 1 is closer. */
export function zoomedStretch({ from, to }, factor, at = (from + to) / 2) {
  const end = trace().end;
  const width = Math.min(Math.max((to - from) * factor, NARROWEST_STRETCH), Math.max(end * 1.2, NARROWEST_STRETCH));
  const share = (at - from) / (to - from);
  return movedStretch(at - share * width, width);
}

/** The stretch after a move by `nanos`. */
export function pannedStretch({ from, to }, nanos) {
  return movedStretch(from + nanos, to - from);
}

/** Keeps a stretch in the URL. */
export function keepStretch({ from, to }) {
  const whole = wholeStretch();
  if (from === whole.from && to === whole.to) go({ zoom: null });
  else go({ zoom: `${Math.max(0, Math.round(from))}-${Math.max(1, Math.round(to))}` });
}

// some of the trace stays in sight
function movedStretch(from, width) {
  const end = trace().end;
  const at = Math.min(Math.max(from, -width * 0.5), end - width * 0.5);
  return { from: at, to: at + width };
}
