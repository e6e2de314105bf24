// Steps through the trace as in a debugger.
import { ask } from "./ask.js";
import { button, el, say } from "./dom.js";
import { go, selection, state } from "./state.js";

const WORDS = {
  into: ["↓ Into", "Into: the first call that this one makes (key i)", "nothing comes after it"],
  over: ["→ Over", "Over: the next call of its caller (key o)", "nothing comes after it"],
  out: ["↑ Out", "Out: the call that made this one (key u)", "nobody called it"],
  back: ["← Back", "Back: the call before this one (key b)", "nothing comes before it"],
  backerror: ["✗ ←", "The error before this call (key E)", "there is no error before it"],
  error: ["✗ →", "The next error after this call (key e)", "there is no error after it"],
};

/** Goes to the next call in that direction. Without a selected call, to the first one, or the first error. */
export async function step(to) {
  const { call } = state();
  if (call == null) {
    const { rows } = await ask("roots", { ...selection(), limit: 1 });
    const first = rows[0]?.call ?? null;
    const next = to === "error" && first !== null ? await ask("step", { call: first, to }) : { call: null };
    go({ call: next.call ?? first });
    return;
  }
  const { call: next } = await ask("step", { call, to });
  if (next == null) say(`No step: ${WORDS[to][2]}.`);
  else go({ call: next });
}

/** The buttons. */
export function stepButtons() {
  return el("div", { class: "steps", role: "toolbar", "aria-label": "Step" },
    Object.entries(WORDS).map(([to, [sign, name]]) => button(sign, name, () => step(to))));
}
