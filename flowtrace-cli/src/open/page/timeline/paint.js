// Paints the timeline: ruler, names of tracks, bars.
import { duration } from "../text.js";
import { moduleOf, shortName, trackName } from "../trace.js";
import { BAR, barColours, drawBar } from "./bars.js";
import { NAMES, RULER } from "./layout.js";

/** Paints all that is in sight. `top` is how far it is scrolled; `brush` a stretch that is being selected. */
export function paintTimeline(canvas, { layout, scale, top, selected, hovered, brush }) {
  const dense = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * dense) || canvas.height !== Math.round(height * dense)) {
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
  }
  const paint = canvas.getContext("2d");
  const colours = barColours();
  paint.setTransform(dense, 0, 0, dense, 0, 0);
  paint.fillStyle = colours.ground;
  paint.fillRect(0, 0, width, height);
  paint.font = "12px system-ui, sans-serif";
  const ticks = ticksOf(scale, width);
  paintGrid(paint, colours, scale, ticks, height);
  paint.save();
  paint.beginPath();
  paint.rect(NAMES, RULER, width - NAMES, height - RULER);
  paint.clip();
  for (const row of layout.rows) {
    const y = row.y - top;
    if (y > height || y + BAR < RULER) continue;
    paintRow(paint, colours, scale, row, y, width, selected, hovered);
  }
  if (brush) {
    paint.fillStyle = colours.accent;
    paint.globalAlpha = 0.18;
    paint.fillRect(scale.x(brush.from), RULER, scale.x(brush.to) - scale.x(brush.from), height);
    paint.globalAlpha = 1;
  }
  paint.restore();
  paintNames(paint, colours, layout, top, width, height);
  paintRuler(paint, colours, scale, ticks, width);
}

function paintRow(paint, colours, scale, { bars }, y, width, selected, hovered) {
  const { start, end, fn, call, count, flags, busy } = bars;
  for (let at = 0; at < start.length; at++) {
    const x = Math.max(scale.x(start[at]), -50);
    const right = Math.min(scale.x(end[at]), width + 50);
    if (right < NAMES - 2 || x > width) continue;
    const label = count[at] > 1 ? `${count[at]} calls` : shortName(fn[at]);
    drawBar(paint, colours, {
      x: Math.max(x, NAMES - 50), y, width: right - Math.max(x, NAMES - 50), flags: flags[at], count: count[at], label, module: moduleOf(fn[at]),
      share: busy[at] == null ? 1 : Math.min(1, busy[at] / Math.max(1, end[at] - start[at])), isSelected: call[at] === selected || call[at] === hovered,
    });
  }
}

// round times, about 110 pixels apart
function ticksOf(scale, width) {
  const least = scale.nanosOf(110);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((by) => by * power).find((each) => each >= least);
  const ticks = [];
  for (let time = Math.ceil(scale.from / step) * step; scale.x(time) < width; time += step) if (time >= 0) ticks.push(time);
  return ticks;
}

function paintGrid(paint, colours, scale, ticks, height) {
  paint.fillStyle = colours.line;
  for (const time of ticks) paint.fillRect(Math.round(scale.x(time)), RULER, 1, height);
}

function paintRuler(paint, colours, scale, ticks, width) {
  paint.fillStyle = colours.panel;
  paint.fillRect(0, 0, width, RULER);
  paint.fillStyle = colours.line;
  paint.fillRect(0, RULER - 1, width, 1);
  paint.fillStyle = colours.muted;
  for (const time of ticks) if (scale.x(time) >= NAMES) paint.fillText(duration(Math.round(time)), scale.x(time) + 4, 17);
}

function paintNames(paint, colours, { heads }, top, width, height) {
  paint.fillStyle = colours.panel;
  paint.fillRect(0, RULER, NAMES, height);
  paint.fillStyle = colours.line;
  paint.fillRect(NAMES - 1, 0, 1, height);
  heads.forEach(({ track, y }, at) => {
    // a name stays in sight as long as its track is
    const last = (heads[at + 1]?.y ?? Infinity) - 24;
    const line = Math.min(Math.max(y - top, RULER + 4), last - top);
    paint.fillStyle = colours.line;
    if (at > 0) paint.fillRect(0, y - top - 6, width, 1);
    paint.fillStyle = colours.text;
    paint.fillText(trackName(track), 14, line + 13, NAMES - 24);
  });
}
