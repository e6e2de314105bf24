// The pointer on the timeline: the wheel zooms, dragging moves, with Shift it selects a stretch, a click selects a call.
import { NAMES, barAt } from "./layout.js";
import { pannedStretch, scaleOf, zoomedStretch } from "./scale.js";

const CLICK = 4;

/** Listens on the canvas of `sight`; `acts` is what to do. */
export function listenTo(sight, acts) {
  const { canvas, pane } = sight;
  const scale = () => scaleOf(sight.stretch, canvas.clientWidth);
  const place = (event) => ({ x: event.offsetX, y: event.offsetY + pane.scrollTop });
  const under = (event) => {
    const { x, y } = place(event);
    return barAt(sight.layout, scale(), x, y);
  };
  let drag = null;

  canvas.addEventListener("wheel", (event) => {
    // over the names the page scrolls as it always does
    if (event.offsetX < NAMES && !event.ctrlKey) return;
    event.preventDefault();
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) acts.showStretch(pannedStretch(sight.stretch, scale().nanosOf(sideways)));
    else acts.showStretch(zoomedStretch(sight.stretch, Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 120) * 0.0025), scale().time(event.offsetX)));
  }, { passive: false });

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, y: event.clientY, top: pane.scrollTop, stretch: sight.stretch, from: scale().time(event.offsetX), isBrush: event.shiftKey, isMoved: false };
  });

  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return hover(event);
    const [across, down] = [event.clientX - drag.x, event.clientY - drag.y];
    drag.isMoved ||= Math.abs(across) + Math.abs(down) > CLICK;
    if (!drag.isMoved) return;
    acts.tip(null);
    if (drag.isBrush) {
      const time = scale().time(Math.max(NAMES, event.offsetX));
      sight.brush = { from: Math.min(drag.from, time), to: Math.max(drag.from, time) };
      acts.paint();
    } else {
      pane.scrollTop = drag.top - down;
      acts.showStretch(pannedStretch(drag.stretch, -scale().nanosOf(across)));
    }
  });

  canvas.addEventListener("pointerup", (event) => {
    const ended = drag;
    drag = null;
    if (!ended) return;
    if (sight.brush) {
      const stretch = sight.brush;
      sight.brush = null;
      acts.selectStretch(stretch);
    } else if (!ended.isMoved) {
      const found = under(event);
      acts.select(found ? found.row.bars.call[found.at] : null);
    }
    acts.paint();
  });

  canvas.addEventListener("pointercancel", () => {
    drag = null;
    sight.brush = null;
  });

  canvas.addEventListener("pointerleave", () => {
    acts.tip(null);
    sight.hovered = null;
    acts.paint();
  });

  function hover(event) {
    const found = under(event);
    const call = found ? found.row.bars.call[found.at] : null;
    canvas.style.cursor = found ? "pointer" : event.offsetX > NAMES ? "grab" : "default";
    acts.tip(found, event);
    if (call === sight.hovered) return;
    sight.hovered = call;
    acts.paint();
  }
}
