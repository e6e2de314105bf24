// Puts the page together: the frame, the views, and what happens when the state changes.
import { drawChips } from "./chips.js";
import { drawDetails } from "./details/panel.js";
import { button, el, fill } from "./dom.js";
import { showHelp } from "./help.js";
import { onKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startSearch } from "./search.js";
import { go, onChange, readUrl, state } from "./state.js";
import { startTheme, themeButton } from "./theme.js";
import { loadTrace, trace } from "./trace.js";
import { compareView } from "./views/compare.js";
import { flameView } from "./views/flame.js";
import { followView } from "./views/follow.js";
import { requestsView } from "./views/requests.js";
import { startView } from "./views/start.js";
import { tableView } from "./views/table.js";
import { timelineView } from "./views/timeline.js";
import { treeView } from "./views/tree.js";

const VIEWS = [startView, timelineView, requestsView, treeView, flameView, tableView, compareView, followView];
const SHARED = ["view", "w", "from", "to", "root", "run"];

let turns = 0;

/** The view that is shown. */
function shown() {
  return VIEWS.find((view) => view.id === state().view) ?? startView;
}

async function drawView() {
  const view = shown();
  const main = document.getElementById("main");
  const turn = ++turns;
  main.setAttribute("aria-label", view.title);
  main.setAttribute("aria-busy", "true");
  // an answer that comes after the next question is not drawn
  const draw = (...children) => turn === turns && fill(main, ...children);
  try {
    await view.draw(draw, () => turn === turns);
  } catch (error) {
    draw(el("div", { class: "trouble", role: "alert" }, error.message));
    if (!error.isAnswer) console.error(error);
  }
  if (turn === turns) main.removeAttribute("aria-busy");
}

function drawTabs() {
  const tab = (view, at) =>
    el("button", {
      type: "button", role: "tab", id: `tab-${view.id}`, "aria-selected": String(view === shown()), "aria-controls": "main",
      tabindex: view === shown() ? "0" : "-1", title: `${view.about} (key ${at + 1})`, onclick: () => go({ view: view.id }),
      onkeydown: (event) => moveTab(event, at),
    }, view.title);
  fill(document.getElementById("tabs"), VIEWS.map(tab));
}

function moveTab(event, at) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const next = VIEWS[(at + step + VIEWS.length) % VIEWS.length];
  go({ view: next.id });
  document.getElementById(`tab-${next.id}`).focus();
}

function changed(names) {
  const view = shown();
  if (names.has("view")) drawTabs();
  drawChips();
  if ([...SHARED, ...(view.needs ?? [])].some((name) => names.has(name))) drawView();
  else if (names.has("call")) view.pick?.(state().call);
  if (names.has("call")) drawDetails();
}

async function start() {
  startTheme(() => drawView());
  document.getElementById("tools").append(
    el("span", { id: "live" }), themeButton(), button("?", "Help: keys, signs and the filter language (key ?)", showHelp));
  try {
    await loadTrace();
  } catch (error) {
    fill(document.getElementById("main"), el("div", { class: "trouble", role: "alert" }, error.message));
    return;
  }
  const { files, cut } = trace();
  document.getElementById("file").textContent = files.map(({ name }) => name.split("/").pop()).join(", ");
  document.title = `${document.getElementById("file").textContent} – flowtrace`;
  if (cut) document.getElementById("tabs").before(el("div", { class: "chips care" }, cut));
  startSearch();
  onKeys(VIEWS);
  readUrl();
  onChange(changed);
  addEventListener("popstate", readUrl);
  drawTabs();
  drawChips();
  drawDetails();
  await drawView();
  startLive(() => drawView());
  document.documentElement.dataset.ready = "true";
}

start();
