// Where the function stands, with the lines around it.
import { ask } from "../ask.js";
import { el, fill } from "../dom.js";

/** Draws it into `part`. */
export async function drawSource(part, call) {
  const title = el("h3", {}, el("span", {}, "Source"), el("span", { class: "mono" }, call.source ?? ""));
  let source;
  try {
    source = await ask("source", { call: call.call });
  } catch (error) {
    source = { missing: error.message };
  }
  if (source.missing) {
    fill(part, title, el("p", { class: "muted" }, `No lines to show: ${source.missing}.`));
    return;
  }
  const line = (text, at) => {
    const number = source.first + at;
    return el("div", { class: number === source.line ? "here" : "", "aria-current": number === source.line ? "true" : null }, el("span", {}, String(number)), text);
  };
  fill(part, title, el("pre", { class: "code", tabindex: "0", "aria-label": `${source.path}, line ${source.line}` }, source.lines.map(line)));
}
