// One command, sent until it is answered: a retry carries the same request id and is counted once.
import { ask } from "@ui/ask.js";

/** @typedef {import("@ui/ask.js").Answer} Answer */

const PATIENCE_MS = 6000; // A dead wire answers nothing at all: then try again, by the same id.
const PAUSES_MS = [300, 800, 1500, 3000, 5000];
const BUSY_STATUSES = [429, 502, 503, 504]; // Not a refusal: the server could not look at it.

/**
 * @param {string} url
 * @param {{request_id: string, [fact: string]: unknown}} body
 * @param {() => boolean} [worthwhile]  asked before each retry; false gives up
 * @returns {Promise<Answer | null>} null: nobody answered, and whether it counted is not known yet
 */
export async function send(url, body, worthwhile = () => true) {
  // A refusal is read on this page: it has to come in the page's language, not in the browser's.
  const inPagesLanguage = `${url}?lang=${document.documentElement.lang}`;
  for (const pause of [...PAUSES_MS, 0]) {
    const answer = await once(inPagesLanguage, body);
    if (answer) return answer;
    if (!pause || !worthwhile()) return null;
    await rest(pause);
  }
  return null;
}

/**
 * @param {string} url
 * @param {Record<string, unknown>} body
 * @returns {Promise<Answer | null>}
 */
async function once(url, body) {
  try {
    const answer = await Promise.race([ask(url, body), rest(PATIENCE_MS)]);
    return answer && !BUSY_STATUSES.includes(answer.status) ? answer : null;
  } catch {
    return null; // Not reached: the caller tries again, or tells the person.
  }
}

/** @param {number} milliseconds @returns {Promise<void>} */
function rest(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
