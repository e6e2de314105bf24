// Follows a trace that grows: views are drawn again as calls come, unless that is paused.
import { isSaved } from "./ask.js";
import { button, fill, later } from "./dom.js";
import { count } from "./text.js";
import { onGrowth, trace } from "./trace.js";

let isPaused = false;

/** Starts to follow; `redraw` runs after the trace grew. */
export function startLive(redraw) {
  if (isSaved() || !trace().live) return;
  const drawSoon = later(300, () => !isPaused && redraw());
  onGrowth(() => {
    drawLive(drawSoon);
    drawSoon();
  });
  drawLive(drawSoon);
}

function drawLive(drawSoon) {
  const sign = isPaused ? `▶ ${count(trace().calls)}` : `● live ${count(trace().calls)}`;
  const name = isPaused ? "Follow the trace again" : "Pause: the views stay as they are while the trace grows";
  const toggle = button(sign, name, () => {
    isPaused = !isPaused;
    drawLive(drawSoon);
    drawSoon();
  }, { "aria-pressed": String(!isPaused) });
  fill(document.getElementById("live"), toggle);
}
