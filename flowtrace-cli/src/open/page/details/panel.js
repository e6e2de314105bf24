// The selected call: its values, its source, its place in the tree, and what one can do from here.
import { ask } from "../ask.js";
import { button, el, fill, say } from "../dom.js";
import { ASYNC, ending } from "../flags.js";
import { go, state } from "../state.js";
import { stepButtons } from "../step.js";
import { clock, complaint, count, counted, duration } from "../text.js";
import { fullName, shortName, trace, trackName } from "../trace.js";
import { drawCallees, pathList } from "./place.js";
import { drawSource } from "./source.js";
import { valueTree } from "./value.js";

/** Draws the panel for the selected call, or puts it away. */
export async function drawDetails() {
  const panel = document.getElementById("details");
  const id = state().call;
  panel.hidden = id == null;
  if (id == null) return;
  let call;
  try {
    call = await ask(`call/${id}`);
  } catch (error) {
    if (state().call === id) fill(panel, el("div", { class: "trouble" }, error.message));
    return;
  }
  if (state().call !== id) return;
  const source = el("section", { class: "details-part", "aria-label": "Source" });
  const callees = el("section", { class: "details-part", "aria-label": "Callees" });
  fill(panel, head(call), outcomePart(call), valuesPart(call), source, pathList(call), callees, leftOutPart(call), idsPart(call));
  panel.scrollTop = 0;
  say(`${shortName(call.fn)}, ${ending(call.flags).word}, ${duration(call.duration)}`);
  await Promise.all([drawSource(source, call), drawCallees(callees, call)]);
}

function head(call) {
  return el("div", { class: "details-head" },
    el("div", { class: "toolbar" },
      el("h2", { class: "grow", title: fullName(call.fn) }, shortName(call.fn)),
      button("×", "Close (key Esc)", () => go({ call: null }))),
    stepButtons());
}

function outcomePart(call) {
  const { kind, sign, word } = ending(call.flags);
  const isAsync = (call.flags & ASYNC) !== 0 && call.busy != null;
  const facts = [
    ["Took", isAsync ? `${duration(call.duration)}: worked ${duration(call.busy)}, waited ${duration(call.duration - call.busy)}` : duration(call.duration)],
    ["Itself", call.self == null ? "–" : `${duration(call.self)}, without the calls it made`],
    ["Began", `${clock(trace().origin, call.start)} UTC, ${duration(call.start)} after the first line`],
    ["On", call.thread == null ? trackName(call.track) : `${trace().threads[call.thread]}, drawn as ${trackName(call.track)}`],
  ];
  const failed = kind === "error" || kind === "panic";
  return el("section", { class: "details-part", "aria-label": "Outcome" },
    el("p", {}, el("span", { class: `outcome ${kind}` }, `${sign} ${word}`.trim()), failed && el("span", { class: "bad" }, ` ${complaint(call)}`)),
    el("dl", { class: "facts" }, facts.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    el("div", { class: "buttons" },
      el("button", { type: "button", onclick: () => go({ root: call.path[0].call, view: state().view === "start" ? "tree" : state().view }) }, "Only this request"),
      el("button", { type: "button", onclick: () => go({ view: "tree" }) }, "In the tree"),
      el("button", { type: "button", onclick: () => go({ view: "timeline", zoom: around(call) }) }, "In the timeline"),
      el("button", { type: "button", onclick: () => compareWith(call) }, state().a == null ? "Compare…" : "Compare with the first")));
}

function around({ start, duration: lasted }) {
  const margin = Math.max(lasted * 0.15, 500);
  return `${Math.max(0, Math.round(start - margin))}-${Math.round(start + lasted + margin)}`;
}

function compareWith({ call }) {
  const { a } = state();
  if (a == null || a === call) go({ a: call, b: null, view: "compare" });
  else go({ b: call, view: "compare" });
}

function valuesPart(call) {
  const { kind } = ending(call.flags);
  const none = el("span", { class: "muted" }, kind === "panic" ? "none: it panicked" : "none");
  return [
    el("section", { class: "details-part", "aria-label": "Arguments" }, el("h3", {}, "Arguments"),
      isEmpty(call.args) ? el("span", { class: "muted" }, "none") : valueTree(call.args)),
    el("section", { class: "details-part", "aria-label": "Result" }, el("h3", {}, kind === "panic" ? "Panic" : "Result"),
      call.error ? el("div", { class: "value bad" }, call.error) : call.result === undefined || (call.result === null && kind === "open") ? none : valueTree(call.result)),
    call.isCut && el("p", { class: "details-part muted" }, "A value was too long for the trace and ends with “…”."),
  ];
}

function isEmpty(args) {
  return args == null || (typeof args === "object" && Object.keys(args).length === 0);
}

function leftOutPart({ counts, lost }) {
  if ((!counts || counts.length === 0) && !lost) return null;
  return el("section", { class: "details-part", "aria-label": "Left out" }, el("h3", {}, "Left out of the trace"),
    (counts ?? []).map((each) =>
      el("p", {}, `${counted(each.count, "call")} of ${shortName(each.fn)}, ${duration(each.total)} in all, ${counted(each.errors, "error")} (${each.reason})`)),
    lost > 0 && el("p", {}, `${count(lost)} lines were lost while it ran`));
}

function idsPart(call) {
  const ids = [["Call", String(call.call)], ["Span id", call.spanId], ["Trace id", call.traceId], ["Parent span id", call.parentSpanId], ["Function", fullName(call.fn)]];
  return el("section", { class: "details-part", "aria-label": "Ids" }, el("h3", {}, "Ids"),
    el("dl", { class: "facts" }, ids.filter(([, id]) => id).map(([name, id]) => [
      el("dt", {}, name), el("dd", { class: "mono" }, id, " ", button("Copy", `Copy the ${name.toLowerCase()}`, (event) => copy(event.target, id), { class: "link" })),
    ])));
}

async function copy(sign, text) {
  try {
    await navigator.clipboard.writeText(text);
    sign.textContent = "Copied";
  } catch {
    sign.textContent = "Select it and copy";
  }
}
