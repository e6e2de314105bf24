// The next call as a debugger steps: into, over, out, back, to the next error.
import { failed, parentOf } from "./store.js";

export function stepAnswer(all, { call, to }) {
  return { call: STEPS[to](all, call) };
}

const STEPS = {
  into: (all, call) => all.children[call][0] ?? callAfter(all, call),
  over: callAfter,
  out: (all, call) => parentOf(all, call),
  back: callBefore,
  error: (all, call) => all.order.slice(all.order.indexOf(call) + 1).find((next) => beganToFail(all, next)) ?? null,
  backerror: (all, call) => all.order.slice(0, all.order.indexOf(call)).findLast((next) => beganToFail(all, next)) ?? null,
};

// the call that the same caller made next, or the caller's caller, and so on
function callAfter(all, call) {
  for (let at = call; at !== null; at = parentOf(all, at)) {
    const siblings = siblingsOf(all, at);
    const next = siblings[siblings.indexOf(at) + 1];
    if (next !== undefined) return next;
  }
  return null;
}

// the call that began last before this one, in the order of steps
function callBefore(all, call) {
  const siblings = siblingsOf(all, call);
  let before = siblings[siblings.indexOf(call) - 1];
  if (before === undefined) return parentOf(all, call);
  while (all.children[before].length > 0) before = all.children[before].at(-1);
  return before;
}

function siblingsOf(all, call) {
  const parent = parentOf(all, call);
  return parent === null ? all.roots : all.children[parent];
}

// it failed, and nothing that it called did
function beganToFail(all, call) {
  return failed(all, call) && !all.children[call].some((callee) => failed(all, callee));
}
