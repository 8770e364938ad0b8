// The snapshot on the glass. The rows come from the page's own <template>s and words.
import { fill, waitRange } from "@ui/words.js";

/** @typedef {import("@ui/words.js").Wait} Wait */
/** @typedef {{call_id: number | string, number: string, counter: number, queue: string, age_s: number}} Call */
/** @typedef {{id: string, name: Record<string, string>, waiting: number} & Wait} Queue */
/** @typedef {{number: string}} Missed */
/** @typedef {{seq?: number, at?: string, calls: Call[], missed: Missed[], queues: Queue[]}} Board */

const RECENT = 5;
const MISSED = 7; // What one line holds, in either language.
const LONG = 4; // A1000 is one sign longer than the panel's type is made for.

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {Call | undefined} call
 * @param {Queue[]} queues
 */
export function drawNow(call, queues) {
  part("now").toggleAttribute("data-empty", !call);
  if (!call) return;
  const queue = queues.find(({ id }) => id === call.queue);
  part("now-number").classList.toggle("number-long", call.number.length > LONG);
  write(part("now-number"), call.number);
  write(part("now-counter"), String(call.counter));
  write(part("now-queue"), queue?.name[document.documentElement.lang] ?? "");
}

/** @param {Call[]} calls */
export function drawRecent(calls) {
  const rows = calls.slice(0, RECENT).map((call) => {
    const row = copyOf("recent-call");
    write(row.querySelector(".recent-number"), call.number);
    write(row.querySelector(".recent-counter"), String(call.counter));
    return row;
  });
  part("recent").replaceChildren(...rows);
}

/**
 * @param {Queue[]} queues
 * @param {string} at the office's time
 */
export function drawQueues(queues, at) {
  const list = part("queues");
  const { waiting, nobody } = list.dataset;
  for (const queue of queues) {
    const cell = list.querySelector(`[data-queue="${CSS.escape(queue.id)}"]`);
    write(
      cell?.querySelector(".queue-waiting"),
      queue.waiting ? fill(waiting, { n: queue.waiting }) : nobody,
    );
    write(cell?.querySelector(".queue-wait span"), waitRange(queue, at, list));
  }
}

/** @param {Missed[]} missed */
export function drawMissed(missed) {
  const list = part("missed");
  const numbers = missed.slice(0, MISSED).map(({ number }) => number);
  if (missed.length > MISSED) numbers.push(`+${missed.length - MISSED}`);
  const rows = numbers.map((number) => {
    const row = copyOf("missed-ticket");
    write(row, number);
    return row;
  });
  if (!rows.length) {
    const none = document.createElement("li");
    none.className = "quiet";
    write(none, list.dataset.none);
    rows.push(none);
  }
  list.replaceChildren(...rows);
}

/**
 * Write only what changed, so that nothing flickers and nothing is read out twice.
 * @param {Element | null | undefined} place
 * @param {string | undefined} text
 */
function write(place, text = "") {
  if (place && place.textContent !== text) place.textContent = text;
}

/** @param {string} id */
function copyOf(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  return /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
}
