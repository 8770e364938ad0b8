// Commands from a page: one request id a tap, so that a retry never makes two.

/** @typedef {{code: string, title: string, detail: string, [fact: string]: unknown}} Problem */
/** @typedef {{ok: boolean, status: number, body: any, problem: Problem | null}} Answer */

/**
 * A new request id. Not `crypto.randomUUID`: browsers hide it from plain-HTTP pages of a local network.
 * @returns {string}
 */
export function newRequestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * POST a command. A refusal comes back as `problem`; null body and null problem mean "done, nothing to say".
 * @param {string} url
 * @param {Record<string, unknown>} body
 * @returns {Promise<Answer>} rejects only when the server cannot be reached.
 */
export async function ask(url, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "Accept-Language": document.documentElement.lang,
    },
    body: JSON.stringify({ request_id: newRequestId(), ...body }),
  });
  const said = answer.status === 204 ? null : await answer.json().catch(() => null);
  return {
    ok: answer.ok,
    status: answer.status,
    body: answer.ok ? said : null,
    problem: answer.ok ? null : said,
  };
}
