// Light or dark: as the system has it, or as the user chose.
import { isDark } from "./colour.js";
import { button } from "./dom.js";

const KEY = "flowtrace-theme";
let redraw = () => {};

/** Takes up the choice that was made before; `drawn` runs whenever colours change. */
export function startTheme(drawn) {
  redraw = drawn;
  const chosen = remembered();
  if (chosen) document.documentElement.dataset.theme = chosen;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawn);
}

export function themeButton() {
  return button("◐", "Switch between light and dark", switchTheme, { id: "theme" });
}

function switchTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // a page from file:// may have no storage; then the choice holds until it is closed
  }
  redraw();
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
