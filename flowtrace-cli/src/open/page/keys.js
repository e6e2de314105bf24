// Keys that hold on the whole page. A view may have more (`keys` of the view).
import { showHelp } from "./help.js";
import { go, state } from "./state.js";
import { step } from "./step.js";

const STEPS_BY_KEY = { i: "into", o: "over", u: "out", b: "back", e: "error", E: "backerror" };

/** Listens. `views` are chosen by number. */
export function onKeys(views) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, select, textarea, dialog")) return;
    const view = views.find(({ id }) => id === state().view);
    if (act(event, views) || view?.keys?.(event.key)) event.preventDefault();
  });
}

function act({ key }, views) {
  const view = views[Number(key) - 1];
  if (view && key.length === 1) go({ view: view.id });
  else if (STEPS_BY_KEY[key]) step(STEPS_BY_KEY[key]);
  else if (key === "/") document.querySelector("#search input").focus();
  else if (key === "?") showHelp();
  else if (key === "Escape") go({ call: null });
  else return false;
  return true;
}
