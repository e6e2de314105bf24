// A colour per module: the hue by its name, lightness and strength the same for all, so that none stands out.

const hues = new Map();

/** Whether the page is dark. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The fill of a bar. `pale` is for time in which a call waited. */
export function moduleColour(module, pale = false) {
  const hue = hueOf(module);
  if (isDark()) return pale ? `oklch(0.33 0.03 ${hue})` : `oklch(0.46 0.07 ${hue})`;
  return pale ? `oklch(0.94 0.02 ${hue})` : `oklch(0.86 0.06 ${hue})`;
}

function hueOf(module) {
  let hue = hues.get(module);
  if (hue === undefined) {
    let hash = 2166136261;
    for (const letter of module) hash = Math.imul(hash ^ letter.codePointAt(0), 16777619);
    // reds are left to errors
    hue = 60 + ((hash >>> 0) % 280);
    hues.set(module, hue);
  }
  return hue;
}

/** A colour of the theme by its name in CSS, as a canvas takes it. */
export function themeColour(name) {
  const probe = document.getElementById("say");
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}
