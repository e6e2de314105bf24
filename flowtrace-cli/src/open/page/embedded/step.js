// The next call as a debugger steps: into, over, out, back, to the next error.
import { failed, parentOf } from "./store.js";

export function stepAnswer(all, { call, to }) {
  return { call: STEPS[to](all, call) };
}

const STEPS = {
  into: (all, call) => all.children[call][0] ?? null,
  over: nextAfter,
  out: (all, call) => parentOf(all, call),
  back: (all, call) => {
    const siblings = siblingsOf(all, call);
    return siblings[siblings.indexOf(call) - 1] ?? parentOf(all, call);
  },
  error: (all, call) => all.order.slice(all.order.indexOf(call) + 1).find((next) => failed(all, next)) ?? null,
  backerror: (all, call) => all.order.slice(0, all.order.indexOf(call)).findLast((next) => failed(all, next)) ?? null,
};

// the call that its caller makes next; after the last one, the one that the caller's caller makes next
function nextAfter(all, call) {
  for (let at = call; at !== null; at = parentOf(all, at)) {
    const siblings = siblingsOf(all, at);
    const next = siblings[siblings.indexOf(at) + 1];
    if (next !== undefined) return next;
  }
  return null;
}

function siblingsOf(all, call) {
  const parent = parentOf(all, call);
  return parent === null ? all.roots : all.children[parent];
}
