// Draws a bar. How a call ended is told by shape as well as by colour.
import { moduleColour, themeColour } from "../colour.js";
import { ASYNC, CANCELLED, ERROR, OPEN, PANIC, THINNED, ending } from "../flags.js";

export const BAR = 17;

/** The colours of the theme, looked up once a frame. */
export function barColours() {
  const names = ["text", "muted", "line", "strong-line", "accent", "bad", "care", "ground", "panel", "raised"];
  return Object.fromEntries(names.map((name) => [name, themeColour(name)]));
}

/** Draws it from `x` on, `width` wide. `share` is how much of the time it worked, from 0 to 1. */
export function drawBar(paint, colours, { x, y, width, flags, share, module, count, label, isSelected }) {
  const wide = Math.max(1, width);
  const waits = (flags & ASYNC) !== 0 && count === 1 && wide > 3;
  paint.fillStyle = moduleColour(module, waits);
  paint.fillRect(x, y, wide, BAR);
  if (waits) {
    paint.fillStyle = moduleColour(module);
    paint.fillRect(x, y + BAR - 5, Math.max(1, wide * share), 5);
  }
  if (flags & (ERROR | PANIC)) hatchBar(paint, colours.bad, x, y, wide, (flags & PANIC) !== 0);
  if (flags & (ERROR | PANIC | CANCELLED | OPEN) && wide > 2) borderBar(paint, colours, x, y, wide, flags);
  if (flags & THINNED && wide > 4) dotBar(paint, colours.care, x, y, wide);
  if (wide > 22) barText(paint, colours, x, y, wide, label, ending(flags).sign);
  if (isSelected) {
    paint.lineWidth = 2;
    paint.setLineDash([]);
    paint.strokeStyle = colours.accent;
    paint.strokeRect(x - 1, y - 1, Math.max(3, wide + 2), BAR + 2);
  }
}

// errors lean one way, panics cross
function hatchBar(paint, colour, x, y, width, isCrossed) {
  if (width < 4) {
    paint.fillStyle = colour;
    paint.fillRect(x, y, width, BAR);
    return;
  }
  paint.save();
  paint.beginPath();
  paint.rect(x, y, width, BAR);
  paint.clip();
  paint.globalAlpha = 0.3;
  paint.strokeStyle = colour;
  paint.lineWidth = 1.5;
  paint.beginPath();
  const from = Math.max(x, 0) - BAR;
  const to = Math.min(x + width, paint.canvas.width) + BAR;
  for (let at = from - (from % 7); at < to; at += 7) {
    paint.moveTo(at, y + BAR);
    paint.lineTo(at + BAR, y);
    if (!isCrossed) continue;
    paint.moveTo(at, y);
    paint.lineTo(at + BAR, y + BAR);
  }
  paint.stroke();
  paint.restore();
}

// cancelled: dashed; open: dotted, and no right side
function borderBar(paint, colours, x, y, width, flags) {
  const failed = (flags & (ERROR | PANIC)) !== 0;
  paint.strokeStyle = failed ? colours.bad : colours.care;
  paint.lineWidth = 1.5;
  paint.setLineDash(failed ? [] : flags & CANCELLED ? [5, 3] : [2, 2]);
  paint.beginPath();
  const right = x + width - 0.75;
  paint.moveTo(right, y + 0.75);
  paint.lineTo(x + 0.75, y + 0.75);
  paint.lineTo(x + 0.75, y + BAR - 0.75);
  paint.lineTo(right, y + BAR - 0.75);
  if (failed || flags & CANCELLED) paint.closePath();
  paint.stroke();
  paint.setLineDash([]);
}

function dotBar(paint, colour, x, y, width) {
  paint.fillStyle = colour;
  for (let at = x + 2; at < Math.min(x + width, paint.canvas.width) - 2; at += 5) paint.fillRect(at, y + BAR - 2, 2, 2);
}

function barText(paint, colours, x, y, width, label, sign) {
  const left = Math.max(x, 0) + 4;
  const room = x + width - left - 3;
  if (room < 12) return;
  paint.fillStyle = colours.text;
  const whole = sign ? `${sign} ${label}` : label;
  const most = Math.floor(room / 6.4);
  paint.fillText(whole.length <= most ? whole : most < 3 ? sign : `${whole.slice(0, most - 1)}…`, left, y + 12.5, room);
}
