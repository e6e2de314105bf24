// Asks for answers: of the server, or of the trace that a page saved by `--html` carries.
import { askEmbedded } from "./embedded/answers.js";
import { hasEmbedded } from "./embedded/store.js";

const token = new URLSearchParams(location.search).get("t") ?? "";

/** An answer that is an error, with the column of a filter where it is one. */
export class Refused extends Error {
  constructor({ error, column }) {
    super(error);
    this.column = column;
    this.isAnswer = true;
  }
}

/** The answer to a question; parts of it that are null are not asked. */
export async function ask(question, parts = {}) {
  if (hasEmbedded()) {
    const answer = await askEmbedded(question, parts);
    if (answer?.error && answer.refused) throw new Refused(answer);
    return answer;
  }
  const given = Object.entries(parts).filter(([, value]) => value != null);
  const query = new URLSearchParams(given);
  let response;
  try {
    response = await fetch(`/api/${question}?${query}`, { headers: { "x-flowtrace-token": token } });
  } catch {
    throw new Refused({ error: "`flowtrace open` has ended; start it again and reload the page" });
  }
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer);
  return answer;
}

/**
 * The first `limit` hits of `search` or `value`. An answer comes after a moment with what was found until then, so more are asked for
 * until there are enough; `some` is given what there is after each, and stops the search by returning false.
 */
export async function hitsOf(question, { cursor = null, ...parts }, limit, some = () => true) {
  const hits = [];
  let answer = { cursor };
  do {
    answer = await ask(question, { ...parts, cursor: answer.cursor, limit: limit - hits.length });
    hits.push(...answer.hits);
    if (some({ ...answer, hits }) === false) break;
  } while (answer.cursor != null && hits.length < limit);
  return { ...answer, hits };
}

/** Calls `grown(info)` whenever the trace grew. A saved page never grows. */
export function follow(grown) {
  if (hasEmbedded()) return;
  const events = new EventSource(`/api/live?t=${encodeURIComponent(token)}`);
  events.addEventListener("info", (event) => grown(JSON.parse(event.data)));
}

/** Whether this page is a file that was saved. */
export function isSaved() {
  return hasEmbedded();
}
