// What a public screen sends goes by script: the page stays until the answer is here, whatever becomes of the server.
// Without script its forms and links go by themselves.

const PATIENCE_MS = 4000; // A dead wire answers nothing at all: then again. A form's request id makes it one.
const AGAIN_MS = 700;
const BUSY_STATUSES = [502, 503, 504]; // Not a refusal: the server could not look at it.

/** @typedef {{status: number, url: string, page: Document}} Answer */

/**
 * Send a form, as its button would, until it is answered.
 * @param {HTMLFormElement} form
 * @param {HTMLElement | null} [submitter]  the button, which may carry a value
 * @param {AbortSignal} [left]  nobody waits for the answer any more
 * @returns {Promise<Answer | null>} the page that would have come, and its address; null when nobody waited
 */
export function sendForm(form, submitter = null, left) {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  // By hand, because an older phone's FormData knows no submitter.
  if (submitter instanceof HTMLButtonElement && submitter.name) body.append(submitter.name, submitter.value);
  return untilAnswered(form.action, { method: "POST", body }, left);
}

/**
 * Fetch a page until it is here.
 * @param {string} path
 * @param {AbortSignal} [left]
 * @returns {Promise<Answer | null>} null when nobody waited
 */
export function fetchPage(path, left) {
  return untilAnswered(path, {}, left);
}

/**
 * @param {string} url @param {RequestInit} how @param {AbortSignal} [left]
 * @returns {Promise<Answer | null>}
 */
async function untilAnswered(url, how, left) {
  while (!left?.aborted) {
    const answer = await once(url, how);
    if (answer && !left?.aborted) return answer;
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
  return null;
}

/**
 * @param {string} url @param {RequestInit} how
 * @returns {Promise<Answer | null>} null: not reached, or only half of an answer came
 */
async function once(url, how) {
  try {
    const answer = await fetch(url, { ...how, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (BUSY_STATUSES.includes(answer.status)) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { status: answer.status, url: answer.url, page };
  } catch {
    return null;
  }
}
