// Answers the questions of the page from the trace that it carries, as the server does from the index.
import { flameAnswer, tableAnswer } from "./sums.js";
import { calls, ownTime, pathTo, parentOf, rowOf } from "./store.js";
import { compareAnswer } from "./compare.js";
import { leading, selected } from "./select.js";
import { rootsAnswer } from "./roots.js";
import { stepAnswer } from "./step.js";
import { timelineAnswer } from "./bars.js";
import { valueAnswer } from "./follow.js";

const QUESTIONS = {
  info: (all) => ({ ...all.info, cut: all.cut }),
  timeline: timelineAnswer, roots: rootsAnswer, call: callAnswer, children: childrenAnswer, table: tableAnswer, flame: flameAnswer,
  search: searchAnswer, value: valueAnswer, step: stepAnswer, source: sourceAnswer, compare: compareAnswer,
};

/** The answer, or `{ refused, error, column }`. */
export async function askEmbedded(question, parts) {
  const [name, rest] = question.split("/");
  try {
    return QUESTIONS[name](calls(), rest === undefined ? parts : { ...parts, call: Number(rest) });
  } catch (refused) {
    if (refused.refused) return refused;
    throw refused;
  }
}

function callAnswer(all, { call }) {
  if (!(call >= 0 && call < all.size)) throw { refused: true, error: `there is no call ${call}` };
  const parent = parentOf(all, call);
  return {
    ...rowOf(all, call), self: ownTime(all, call), spanId: all.spanId[call], traceId: all.traceId[call],
    parentSpanId: parent === null ? null : all.spanId[parent], source: all.info.functions[all.fn[call]].source ?? null,
    path: pathTo(all, call).map((at) => ({ call: at, fn: all.fn[at] })), children: { total: all.children[call].length },
    counts: all.counts.filter((each) => each.parent === call), lost: 0,
  };
}

function childrenAnswer(all, { call, offset = 0, limit = 100, ...parts }) {
  let children = all.children[call];
  const test = selected(all, parts);
  if (parts.w) {
    const found = leading(all, parts);
    children = children.filter((child) => found.has(child));
  }
  const rows = children.slice(offset, offset + limit).map((child) => rowOf(all, child, parts.w ? { hit: test(child) } : {}));
  return { total: children.length, rows };
}

function searchAnswer(all, { cursor, limit = 100, ...parts }) {
  const test = selected(all, parts);
  const hits = all.order.filter(test);
  const from = Number(cursor ?? 0);
  const next = from + limit < hits.length ? from + limit : null;
  return { hits: hits.slice(from, from + limit).map((call) => rowOf(all, call)), cursor: next, scanned: all.size, total: all.size };
}

function sourceAnswer(all, { call }) {
  const source = all.info.functions[all.fn[call]].source;
  if (!source) return { path: null, line: null, missing: "the trace does not say where this function stands" };
  const [, path, line] = /^(.*):(\d+)$/.exec(source) ?? [null, source, "1"];
  const text = all.sources[path];
  if (text == null) return { path, line: Number(line), missing: "its file is not in this page" };
  const first = Math.max(1, Number(line) - 5);
  return { path, line: Number(line), first, lines: text.split("\n").slice(first - 1, Number(line) + 25) };
}
